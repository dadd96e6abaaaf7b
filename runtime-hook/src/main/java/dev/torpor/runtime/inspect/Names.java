// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.proto.fstype;
import dev.torpor.signal.SignalName;
import dev.torpor.task.ThreadEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Numbers of the kernel by the names that manual pages have for them. */
final class Names {
  /** In the order of their numbers, capabilities(7) up to Linux 6.18. */
  private static final String[] CAPABILITIES = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore"
  };

  /** In the order of RLIMIT_, getrlimit(2). */
  private static final String[] LIMITS = {
    "cpu",
    "fsize",
    "data",
    "stack",
    "core",
    "rss",
    "nproc",
    "nofile",
    "memlock",
    "as",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
    "rttime"
  };

  private Names() {}

  /** Of a set in words of 32 bits. */
  static List<String> capabilities(List<Integer> words) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < words.size() * Integer.SIZE; i++) {
      if ((words.get(i / Integer.SIZE) >> i % Integer.SIZE & 1) != 0) {
        names.add(i < CAPABILITIES.length ? CAPABILITIES[i] : "capability " + i);
      }
    }
    return names;
  }

  /** Of a mask, whose lowest bit is signal 1. */
  static List<String> signals(long mask) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < Long.SIZE; i++) {
      if ((mask >> i & 1) != 0) {
        names.add(SignalName.of(i + 1));
      }
    }
    return names;
  }

  static String limit(int number) {
    return number < LIMITS.length ? LIMITS[number] : "limit " + number;
  }

  /** Of CRIU's numbers. */
  static String fileSystem(int number) {
    fstype type = fstype.forNumber(number);
    return type == null ? "type " + number : type.name().toLowerCase(Locale.ROOT);
  }

  /** Of a task; the numbers are CRIU's, compel/include/uapi/task-state.h. */
  static String taskState(int number) {
    return switch (number) {
      case 1 -> "alive";
      case 2, 6 -> "zombie";
      case 3 -> "stopped";
      case ThreadEntry.OUTLIVED -> "main thread has ended";
      default -> "state " + number;
    };
  }
}
