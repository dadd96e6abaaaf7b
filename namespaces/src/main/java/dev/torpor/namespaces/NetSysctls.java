// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.File;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares the network settings of a namespace that no image carries with those of a fresh one,
 * which a restore makes. The files in /proc/sys/net show the namespace of the thread that opens
 * them.
 */
final class NetSysctls {
  private final ProcFs proc;

  NetSysctls(ProcFs proc) {
    this.proc = proc;
  }

  /**
   * Looks for a setting that would be lost.
   *
   * @return "net.ipv4.ip_default_ttl = 77 (64 in a new namespace)", or null
   */
  String difference(int pid) {
    Map<String, String> there = Visit.in(pid, NamespaceKind.NET.cloneFlag(), this::read);
    // The visited namespace is left for one of the thread's own.
    Map<String, String> fresh = Visit.in(pid, NamespaceKind.NET.cloneFlag(), this::readFresh);
    for (Map.Entry<String, String> setting : there.entrySet()) {
      String usual = fresh.get(setting.getKey());
      if (usual != null && !usual.equals(setting.getValue())) {
        return setting.getKey().replace('/', '.')
            + " = "
            + setting.getValue()
            + " ("
            + usual
            + " in a new namespace)";
      }
    }
    return null;
  }

  private Map<String, String> readFresh() {
    long result = Syscall.raw(Nr.SYS_unshare, NamespaceKind.NET.cloneFlag());
    if (Syscall.failed(result)) {
      ErrnoException cause = ErrnoException.of(result, "unshare", "CLONE_NEWNET");
      throw new DumpException("making a network namespace: " + cause.getMessage(), cause);
    }
    return read();
  }

  private Map<String, String> read() {
    Map<String, String> settings = new TreeMap<>();
    collect(new File(proc.root() + "/sys/net"), "net", settings);
    return settings;
  }

  private static void collect(File directory, String name, Map<String, String> settings) {
    File[] files = directory.listFiles();
    for (File file : files == null ? new File[0] : files) {
      String path = name + "/" + file.getName();
      if (file.isDirectory()) {
        collect(file, path, settings);
      } else if (isSetting(file) && !NetSettings.carry(path)) {
        try {
          settings.put(path, ProcFs.text(file.getPath()).trim());
        } catch (ProcException e) {
          // Some can only be read when they were set, others only be written.
          settings.remove(path);
        }
      }
    }
  }

  /** Counters are no settings, and the key of TCP fast open is drawn anew each time. */
  private static boolean isSetting(File file) {
    String name = file.getName();
    return !name.endsWith("_count") && !name.equals("tcp_fastopen_key");
  }
}
