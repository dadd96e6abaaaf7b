// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.core.CoreRooms;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Facts;
import dev.torpor.proc.ProcFs;
import java.nio.file.Path;

/** Captures of real processes, for tests. */
final class Captures {
  private Captures() {}

  static CaptureContext context() {
    return context(TerminalOptions.NONE);
  }

  static CaptureContext context(TerminalOptions terminals) {
    return new CaptureContext(
        new ProcFs(Path.of("/proc")),
        MountLookup.ofOwnNamespace(),
        name -> 1,
        Captures::imagePid,
        true,
        new Facts().with(terminals));
  }

  /** What it is called in its own pid namespace. */
  private static int imagePid(int pid) {
    int[] pids = new ProcFs(Path.of("/proc")).status(pid, pid).numbers("NSpid");
    return pids[pids.length - 1];
  }

  static CapturedFiles of(int... pids) {
    assumeTrue(Unistd.geteuid() == 0, "pidfd_getfd of other tasks needs root");
    FileTable table = table(context());
    for (int pid : pids) {
      table.captureDescriptors(pid);
    }
    return finish(table);
  }

  /** A table whose images are kept and go nowhere. */
  static FileTable table(CaptureContext context) {
    CapturedImages nowhere = new CapturedImages(ImageDirectory.at(Path.of("/nonexistent")));
    return new FileTable(context, CoreRooms.all().of(FileRoom.class), descriptor -> {}, nowhere);
  }

  static CapturedFiles finish(FileTable table) {
    table.finish();
    return new CapturedFiles(table.images());
  }

  static fdinfo_entry descriptor(CapturedFiles files, int table, int fd) {
    for (fdinfo_entry entry : files.descriptors().get(table)) {
      if (entry.getFd() == fd) {
        return entry;
      }
    }
    throw new AssertionError("no fd " + fd + " in " + files.descriptors().get(table));
  }

  static file_entry file(CapturedFiles files, int id) {
    for (file_entry entry : files.files()) {
      if (entry.getId() == id) {
        return entry;
      }
    }
    throw new AssertionError("no file " + id + " in " + files.files());
  }

  /** The file that descriptor {@code fd} of the first table refers to. */
  static file_entry fileOf(CapturedFiles files, int fd) {
    return file(files, descriptor(files, 2, fd).getId());
  }
}
