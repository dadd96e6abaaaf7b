// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.DumpException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.tcp.Connection;
import dev.torpor.tcp.PeerPacket;
import java.util.List;

/**
 * Rules of iptables(8) and ip6tables(8) that drop the packets of connections, exactly as CRIU makes
 * and removes them (criu/netfilter.c). They are made by the programs of these names, which alone
 * know which of the kernel's two mechanisms this machine uses.
 */
final class Iptables {
  private final Launcher launcher;

  Iptables(Launcher launcher) {
    this.launcher = launcher;
  }

  /**
   * Makes the rules of all connections.
   *
   * @throws DumpException if that fails
   */
  void lock(List<Connection> connections) {
    StringBuilder script = new StringBuilder();
    restore(script, "iptables", Socket.AF_INET, connections);
    restore(script, "ip6tables", Socket.AF_INET6, connections);
    String output = run(script.append("exit 0\n").toString());
    if (output != null) {
      throw new DumpException("iptables could not lock the connections of the tree: " + output);
    }
  }

  /** All of a family at once, or none. */
  private static void restore(
      StringBuilder script, String program, int family, List<Connection> connections) {
    StringBuilder rules = new StringBuilder();
    for (Connection connection : connections) {
      if (connection.family() == family) {
        rules.append("-I INPUT ").append(rule(connection.reversed())).append('\n');
        rules.append("-I OUTPUT ").append(rule(connection)).append('\n');
      }
    }
    if (rules.length() > 0) {
      script.append(program).append("-restore -w --noflush <<END || exit\n*filter\n");
      script.append(rules).append("COMMIT\nEND\n");
    }
  }

  /** Removes the rules of these connections; where there are none, nothing happens. */
  void unlock(List<Connection> connections) {
    StringBuilder script = new StringBuilder("exec >/dev/null 2>&1\n");
    delete(script, "iptables", Socket.AF_INET, connections);
    delete(script, "ip6tables", Socket.AF_INET6, connections);
    run(script.append("exit 0\n").toString());
  }

  /** A look at the rules saves one call for each of them. */
  private static void delete(
      StringBuilder script, String program, int family, List<Connection> connections) {
    script.append("if ").append(program).append(" -w -S INPUT | grep -q -i ");
    script.append(mark()).append("; then\n:\n");
    for (Connection connection : connections) {
      if (connection.family() == family) {
        script.append(program).append(" -w -D INPUT ").append(rule(connection.reversed()));
        script.append('\n');
        script.append(program).append(" -w -D OUTPUT ").append(rule(connection)).append('\n');
      }
    }
    script.append("fi\n");
  }

  private static String rule(Connection connection) {
    return "-p tcp -m mark ! --mark "
        + mark()
        + " -s "
        + text(connection.localIp())
        + " --sport "
        + connection.localPort()
        + " -d "
        + text(connection.remoteIp())
        + " --dport "
        + connection.remotePort()
        + " -j DROP";
  }

  private static String mark() {
    return "0x" + Integer.toHexString(PeerPacket.MARK);
  }

  private static String text(byte[] ip) {
    StringBuilder text = new StringBuilder();
    boolean v4 = ip.length == Integer.BYTES;
    for (int i = 0; i < ip.length; i += v4 ? 1 : 2) {
      text.append(i == 0 ? "" : v4 ? "." : ":");
      text.append(
          v4
              ? Integer.toString(ip[i] & 0xff)
              : Integer.toHexString(((ip[i] & 0xff) << Byte.SIZE) | (ip[i + 1] & 0xff)));
    }
    return text.toString();
  }

  /** Runs a shell script; gives null if it ends with 0, else what it wrote. */
  private String run(String script) {
    int file = memoryFile("torpor-iptables", "#!/bin/sh\n" + script);
    int output = Memfd.memfdCreate("torpor-output", Memfd.MFD_CLOEXEC);
    int root = Fcntl.open("/", Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
    try {
      String path = "/proc/" + Unistd.getpid() + "/fd/" + file;
      int status = launcher.runScript(path, List.of(), root, output);
      return status == 0 ? null : read(output) + " (status " + status + ")";
    } catch (ErrnoException e) {
      return e.getMessage();
    } finally {
      Unistd.close(file);
      Unistd.close(output);
      Unistd.close(root);
    }
  }

  /** Read-only: a file that somebody can write cannot be executed. */
  private static int memoryFile(String name, String text) {
    int writable = Memfd.memfdCreate(name, Memfd.MFD_CLOEXEC);
    byte[] bytes = KernelString.encode(text);
    try (NativeMemory memory = NativeMemory.of(bytes)) {
      Unistd.writeAll(writable, memory);
      return Fcntl.open("/proc/self/fd/" + writable, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    } finally {
      Unistd.close(writable);
    }
  }

  private static String read(int fd) {
    try (NativeMemory memory = NativeMemory.allocate(4096)) {
      int length = (int) Math.max(Unistd.pread(fd, memory.address(), memory.lengthBytes(), 0), 0);
      return KernelString.decode(memory.getBytes(0, length)).trim();
    }
  }
}
