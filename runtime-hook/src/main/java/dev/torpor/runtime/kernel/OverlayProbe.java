// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Mount;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Whether a mapped file of an overlay shows in /proc/PID/maps as the file that was opened, and not
 * as the one below it. The overlay is in a mount namespace that ends with the thread that tries.
 */
final class OverlayProbe {
  /** There everywhere, and covered in the thread's own namespace only. */
  private static final Path PLACE = Path.of("/sys");

  private static final int MODE = 0700;

  private OverlayProbe() {}

  static String maps() throws IOException {
    FutureTask<String> task = new FutureTask<>(OverlayProbe::inOwnNamespace);
    Thread thread = new Thread(task, "overlay-probe");
    thread.start();
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ErrnoException cause) {
        return cause.getMessage() + ": overlayfs is needed";
      }
      throw new IOException("cannot look at an overlay: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      throw new IOException("interrupted while looking at an overlay", e);
    }
  }

  private static String inOwnNamespace() throws IOException {
    Sched.unshare(Sched.CLONE_NEWNS);
    Mount.mount("none", "/", null, Mount.MS_REC | Mount.MS_PRIVATE, null);
    Mount.mount("none", PLACE.toString(), "tmpfs", 0, null);
    for (String directory : new String[] {"lower", "upper", "work", "merged"}) {
      Unistd.mkdirat(Fcntl.AT_FDCWD, PLACE.resolve(directory).toString(), MODE);
    }
    Files.write(PLACE.resolve("lower/file"), new byte[PAGE_SIZE]);
    String layers = "lowerdir=/sys/lower,upperdir=/sys/upper,workdir=/sys/work";
    Mount.mount("overlay", PLACE.resolve("merged").toString(), "overlay", 0, layers);
    int fd =
        Fcntl.open(PLACE.resolve("merged/file").toString(), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    long address = Mman.mmap(0, PAGE_SIZE, Mman.PROT_READ, Mman.MAP_PRIVATE, fd, 0);
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(fd, stat);
      long dev = stat.getLong(Stat.StructStat.st_dev);
      String shown = device(address);
      return shown.equals(String.format("%02x:%02x", Stat.major(dev), Stat.minor(dev)))
          ? null
          : "a mapped file of an overlay shows device " + shown + ": Linux 6.8 is needed";
    } finally {
      Mman.munmap(address, PAGE_SIZE);
      Unistd.close(fd);
    }
  }

  /** The fourth word of the mapping's line: address, protection, offset, device. */
  private static String device(long address) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      if (line.startsWith(Long.toHexString(address) + '-')) {
        return line.split(" ", -1)[3];
      }
    }
    throw new IOException("/proc/self/maps does not show a mapping just made");
  }
}
