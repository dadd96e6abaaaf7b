// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import com.google.protobuf.Message;
import dev.torpor.concurrent.SecondThread;
import dev.torpor.file.FileImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.lsmtype;
import dev.torpor.image.proto.plugins_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import dev.torpor.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** Writes what was captured, the inventory last: images without one are no checkpoint. */
final class DumpImages {
  /** CRTOOLS_IMAGES_V1_1 of criu/include/magic.h. */
  private static final int IMAGES_VERSION = 2;

  private final String runId = ProcFs.text("/proc/sys/kernel/random/uuid").trim();
  private final ImageDirectory directory;
  private final SecondThread second;

  DumpImages(ImageDirectory directory, SecondThread second) {
    this.directory = directory;
    this.second = second;
  }

  /** What tells this dump from all others. */
  String runId() {
    return runId;
  }

  void write(TreeCapture capture, NamespaceIds namespaces) throws IOException {
    second.finish(capture.cores());
    // Completes the entries of threads, so before any is built.
    seccomp_entry seccomp = capture.seccomp().image();
    List<FutureTask<Void>> perThread = new ArrayList<>();
    for (CapturedTask task : capture.tasks()) {
      for (CapturedThread thread : task.threads()) {
        Integer set = capture.cgroups().setIds().get(thread.tid());
        perThread.add(new FutureTask<>(() -> writeCore(thread, set)));
      }
    }
    second.finish(perThread);
    for (CapturedTask task : capture.tasks()) {
      writeTask(task);
    }
    writeTree(capture);
    one(ImageType.SECCOMP, seccomp);
    FileImages.write(capture.files(), directory);
    CgroupCapturer.Captured cgroups = capture.cgroups();
    if (cgroups.entry() != null) {
      one(ImageType.CGROUP, cgroups.entry());
    }
    writeInventory(cgroups, namespaces);
  }

  private void writeInventory(CgroupCapturer.Captured cgroups, NamespaceIds namespaces)
      throws IOException {
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
            .setDumpCriuRunId(runId);
    if (cgroups.dumperSetId() != 0) {
      inventory.setRootCgSet(cgroups.dumperSetId());
    }
    one(ImageType.INVENTORY, inventory.build());
  }

  private Void writeCore(CapturedThread thread, Integer cgroupSet) throws IOException {
    CapturedThread.Core core = SecondThread.result(thread.core());
    if (cgroupSet != null) {
      core.rest().thread().number(thread_core_entry.CG_SET_FIELD_NUMBER, cgroupSet.intValue());
    }
    try (ImageWriter writer = directory.write(ImageType.CORE, thread.imageTid())) {
      writer.write(core.rest().withRegisters(core.registers()));
    }
    return null;
  }

  private void writeTask(CapturedTask task) throws IOException {
    if (task.mm() != null) {
      int pid = task.task().imagePid();
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
                .addAllThreads(imageTids(captured))
                .build());
      }
    }
  }

  private static List<Integer> imageTids(CapturedTask task) {
    List<Integer> tids = new ArrayList<>();
    for (CapturedThread thread : task.threads()) {
      tids.add(thread.imageTid());
    }
    return tids;
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
