// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Features that show in files of /proc and /sys. */
final class ProcProbes {
  private static final Path SELF = Path.of("/proc/self");
  private static final Path STACKING =
      Path.of("/sys/kernel/security/apparmor/features/domain/stack");

  private ProcProbes() {}

  private static String file(String name, String needs) {
    Path path = SELF.resolve(name);
    return Files.exists(path) ? null : path + " is missing: " + needs + " is needed";
  }

  private static String line(Path file, String start, String needs) throws IOException {
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(start)) {
        return null;
      }
    }
    return file + " has no " + start + " line: " + needs + " is needed";
  }

  static String mapFiles() {
    return file("map_files", "CONFIG_CHECKPOINT_RESTORE");
  }

  static String timers() {
    return file("timers", "CONFIG_CHECKPOINT_RESTORE");
  }

  static String mountId() throws IOException {
    return line(SELF.resolve("fdinfo/0"), "mnt_id:", "Linux 3.15");
  }

  static String pidsInNamespaces() throws IOException {
    return line(SELF.resolve("status"), "NSpid:", "Linux 4.1");
  }

  static String cgroupNamespace() {
    return file("ns/cgroup", "CONFIG_CGROUPS and Linux 4.6");
  }

  static String timeNamespace() {
    return file("timens_offsets", "CONFIG_TIME_NS");
  }

  static String netNamespace() {
    return file("ns/net", "CONFIG_NET_NS");
  }

  /** CRIU restores user namespaces through PR_SET_MM_MAP, which needs no CAP_SYS_RESOURCE. */
  static String userNamespace() {
    String missing = file("ns/user", "CONFIG_USER_NS");
    return missing == null ? memoryMap() : missing;
  }

  static String memoryMap() {
    try (NativeMemory size = NativeMemory.allocate(Integer.BYTES)) {
      long result =
          Syscall.raw(
              Nr.SYS_prctl, Prctl.PR_SET_MM, Prctl.PR_SET_MM_MAP_SIZE, size.address(), 0, 0);
      return result == 0 ? null : "PR_SET_MM_MAP is missing: CONFIG_CHECKPOINT_RESTORE is needed";
    }
  }

  static String fileLocks() throws IOException {
    int fd = Memfd.memfdCreate("torpor-check", Memfd.MFD_CLOEXEC);
    try {
      Fcntl.flock(fd, Fcntl.LOCK_EX);
      return line(SELF.resolve("fdinfo/" + fd), "lock:", "Linux 4.1");
    } finally {
      Unistd.close(fd);
    }
  }

  /** Writes the value that is there already; a thread may do that for itself only. */
  static String loginUid() throws IOException {
    Path loginUid = Path.of("/proc/thread-self/loginuid");
    Files.writeString(loginUid, Files.readString(loginUid).trim(), StandardOpenOption.WRITE);
    return null;
  }

  static String appArmorStacking() throws IOException {
    return Files.exists(STACKING) && Files.readString(STACKING).trim().equals("yes")
        ? null
        : STACKING + " does not say yes: AppArmor and Linux 4.11 are needed";
  }

  /** CRIU runs this program for --network-lock iptables. */
  static String iptablesLegacy() {
    String path = System.getenv("PATH");
    for (String directory : List.of((path == null ? "" : path).split(File.pathSeparator, -1))) {
      if (Files.isExecutable(Path.of(directory, "iptables-legacy-save"))) {
        return null;
      }
    }
    return "PATH has no iptables-legacy-save";
  }
}
