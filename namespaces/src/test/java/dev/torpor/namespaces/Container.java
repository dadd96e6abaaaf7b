// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A shell that waits in namespaces and mounts like those an OCI runtime makes. */
final class Container implements AutoCloseable {
  /** Runs in the new namespaces with the directory of the new root as its argument. */
  private static final String SETUP =
      """
      set -e
      R=$1
      mount --make-rprivate /
      mount --bind $R $R
      mount --bind /usr $R/usr
      mount -o remount,bind,ro $R/usr
      mount --bind /etc $R/etc
      mount -t proc -o nosuid,nodev,noexec proc $R/proc
      mount --bind $R/proc/sys $R/proc/sys
      mount -o remount,bind,ro,nosuid,nodev,noexec $R/proc/sys
      mount -t tmpfs -o ro tmpfs $R/proc/bus
      mount -t sysfs -o ro,nosuid,nodev,noexec sysfs $R/sys
      mount -t tmpfs -o size=64k,mode=755,nosuid,strictatime tmpfs $R/dev
      mkdir $R/dev/pts $R/dev/mqueue
      mknod -m 666 $R/dev/null c 1 3
      ln -s /proc/self/fd $R/dev/fd
      mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts $R/dev/pts
      mount -t mqueue mqueue $R/dev/mqueue
      touch $R/dev/mask
      mount --bind $R/dev/null $R/dev/mask
      mount -t tmpfs share $R/share
      mkdir $R/share/a
      echo content > $R/share/a/file
      echo text > $R/share/one
      ln $R/share/one $R/share/two
      chown 1234:4321 $R/share/one
      chmod 750 $R/share/one
      truncate -s 1M $R/share/sparse
      touch -d @1000000000 $R/share/one
      mount --make-shared $R/share
      mount --bind $R/share $R/peer
      mount --bind $R/share/a $R/slave
      mount --make-slave $R/slave
      mount -t tmpfs 'over and\tunder' $R/over
      mount --make-unbindable $R/over
      mount -t tmpfs below $R/hidden
      echo below > $R/hidden/file
      mkdir $R/hidden/inner
      mount -t tmpfs inner $R/hidden/inner
      echo inner > $R/hidden/inner/file
      mount -t tmpfs above $R/hidden
      echo above > $R/hidden/file
      hostname torpor-box
      echo 12345 > /proc/sys/kernel/msgmax
      cd $R
      pivot_root . .
      umount -l .
      cd /
      echo ready
      read line
      """;

  private static final List<String> DIRECTORIES =
      List.of("usr", "etc", "proc", "sys", "dev", "share", "peer", "slave", "over", "hidden");

  private final Process process;
  private final Path rootfs;
  private final int pid;

  private Container(Process process, Path rootfs) {
    this.process = process;
    this.rootfs = rootfs;
    this.pid = (int) process.children().findFirst().orElseThrow().pid();
  }

  static Container start(Path rootfs) throws IOException {
    Files.createDirectory(rootfs);
    for (String directory : DIRECTORIES) {
      Files.createDirectory(rootfs.resolve(directory));
    }
    for (String link : List.of("bin", "sbin", "lib", "lib64")) {
      Files.createSymbolicLink(rootfs.resolve(link), Path.of("usr/" + link));
    }
    Process process =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                SETUP,
                "sh",
                rootfs.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] ready = process.getInputStream().readNBytes(6);
    if (!new String(ready, StandardCharsets.US_ASCII).equals("ready\n")) {
      process.destroyForcibly();
      throw new IllegalStateException("the container did not start");
    }
    return new Container(process, rootfs);
  }

  Path rootfs() {
    return rootfs;
  }

  int pid() {
    return pid;
  }

  String text() {
    return Integer.toString(pid);
  }

  static void run(String... command) {
    output(command);
  }

  static String output(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + status + " " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws InterruptedException, IOException {
    process.getOutputStream().close();
    process.waitFor();
  }
}
