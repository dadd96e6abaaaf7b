// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import com.google.protobuf.Message;
import dev.torpor.file.FileImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.lsmtype;
import dev.torpor.image.proto.plugins_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import dev.torpor.task.Task;
import java.io.IOException;
import java.util.Map;

/** Writes what was captured, the inventory last: images without one are no checkpoint. */
final class DumpImages {
  /** CRTOOLS_IMAGES_V1_1 of criu/include/magic.h. */
  private static final int IMAGES_VERSION = 2;

  private final ImageDirectory directory;

  DumpImages(ImageDirectory directory) {
    this.directory = directory;
  }

  /**
   * To be called before the first image is written: with the inventory of an earlier dump in the
   * same directory, a dump that is killed would leave images of both that look like a checkpoint.
   */
  void begin() throws IOException {
    directory.delete(ImageType.INVENTORY);
  }

  void write(TreeCapture capture, NamespaceIds namespaces) throws IOException {
    for (CapturedTask task : capture.tasks()) {
      writeTask(task);
    }
    writeTree(capture);
    one(ImageType.SECCOMP, capture.seccomp().image());
    FileImages.write(capture.files(), directory);
    CgroupCapturer.Captured cgroups = capture.cgroups();
    if (cgroups.entry() != null) {
      one(ImageType.CGROUP, cgroups.entry());
    }
    inventory_entry.Builder inventory =
        inventory_entry
            .newBuilder()
            .setImgVersion(IMAGES_VERSION)
            .setFdinfoPerId(true)
            .setRootIds(namespaces.ofTask(Unistd.getpid()))
            .setNsPerId(true)
            .setLsmtype(lsmtype.NO_LSM)
            .setNetworkLockMethod(0)
            .setPluginsEntry(plugins_entry.getDefaultInstance())
            .setDumpCriuRunId(ProcFs.text("/proc/sys/kernel/random/uuid").trim());
    if (cgroups.dumperSetId() != 0) {
      inventory.setRootCgSet(cgroups.dumperSetId());
    }
    directory.writeAtOnce(ImageType.INVENTORY, inventory.build());
  }

  private void writeTask(CapturedTask task) throws IOException {
    int pid = task.task().imagePid();
    for (Map.Entry<Integer, core_entry.Builder> core : task.cores().entrySet()) {
      one(ImageType.CORE, core.getKey(), core.getValue().build());
    }
    if (task.mm() != null) {
      one(ImageType.MM, pid, task.mm());
      one(ImageType.FS, pid, task.fs());
      one(ImageType.IDS, pid, task.ids());
    }
  }

  private void writeTree(TreeCapture capture) throws IOException {
    try (ImageWriter pstree = directory.write(ImageType.PSTREE)) {
      for (CapturedTask captured : capture.tasks()) {
        Task task = captured.task();
        pstree.write(
            pstree_entry
                .newBuilder()
                .setPid(task.imagePid())
                .setPpid(task.parent() == null ? 0 : task.parent().imagePid())
                .setPgid(task.imagePgid())
                .setSid(task.imageSid())
                .addAllThreads(captured.cores().keySet())
                .build());
      }
    }
  }

  private void one(ImageType type, Message entry) throws IOException {
    try (ImageWriter writer = directory.write(type)) {
      writer.write(entry);
    }
  }

  private void one(ImageType type, long id, Message entry) throws IOException {
    try (ImageWriter writer = directory.write(type, id)) {
      writer.write(entry);
    }
  }
}
