// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.Serialised;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.lsmtype;
import dev.torpor.image.proto.plugins_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import dev.torpor.task.Task;
import dev.torpor.task.ThreadEntry;
import dev.torpor.tcp.ConnectionOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** Makes the images of tasks, and of the tree as a whole, of what was captured. */
final class DumpImages {
  /** CRTOOLS_IMAGES_V1_1 of criu/include/magic.h. */
  private static final int IMAGES_VERSION = 2;

  private final String runId = ProcFs.text("/proc/sys/kernel/random/uuid").trim();
  private final CapturedImages images;
  private final SecondThread second;

  DumpImages(CapturedImages images, SecondThread second) {
    this.images = images;
    this.second = second;
  }

  /** What tells this dump from all others. */
  String runId() {
    return runId;
  }

  /** Adds all that rooms did not add themselves. */
  void add(TreeCapture capture, NamespaceIds namespaces, ConnectionOptions connections)
      throws IOException {
    second.finish(capture.cores());
    // Completes the entries of threads, so before any is built.
    images.add(ImageType.SECCOMP, capture.seccomp().image());
    addCores(capture);
    for (CapturedTask task : capture.tasks()) {
      addTask(task);
    }
    CgroupCapturer.Captured cgroups = capture.cgroups();
    if (cgroups.entry() != null) {
      images.add(ImageType.CGROUP, cgroups.entry());
    }
    images.add(ImageType.INVENTORY, inventory(cgroups, namespaces, connections));
  }

  private void addCores(TreeCapture capture) throws IOException {
    List<FutureTask<Serialised>> entries = new ArrayList<>();
    List<CapturedThread> threads = new ArrayList<>();
    for (CapturedTask task : capture.tasks()) {
      for (CapturedThread thread : task.threads()) {
        Integer set = capture.cgroups().setIds().get(thread.tid());
        threads.add(thread);
        entries.add(new FutureTask<>(() -> core(thread, set)));
      }
    }
    second.finish(entries);
    for (int i = 0; i < entries.size(); i++) {
      images.add(ImageType.CORE, threads.get(i).imageTid(), SecondThread.result(entries.get(i)));
    }
  }

  private static Serialised core(CapturedThread thread, Integer cgroupSet) throws IOException {
    CapturedThread.Core core = SecondThread.result(thread.core());
    ThreadEntry entry = core.rest();
    if (cgroupSet != null) {
      entry.thread().number(thread_core_entry.CG_SET_FIELD_NUMBER, cgroupSet.intValue());
    }
    return entry.with(core.info());
  }

  private void addTask(CapturedTask captured) {
    Task task = captured.task();
    images.add(
        ImageType.PSTREE,
        pstree_entry
            .newBuilder()
            .setPid(task.imagePid())
            .setPpid(task.parent() == null ? 0 : task.parent().imagePid())
            .setPgid(task.imagePgid())
            .setSid(task.imageSid())
            .addAllThreads(imageTids(captured))
            .build());
    if (captured.mm() != null) {
      images.add(ImageType.MM, task.imagePid(), captured.mm());
      images.add(ImageType.FS, task.imagePid(), captured.fs());
      images.add(ImageType.IDS, task.imagePid(), captured.ids());
    }
  }

  private static List<Integer> imageTids(CapturedTask task) {
    List<Integer> tids = new ArrayList<>();
    for (CapturedThread thread : task.threads()) {
      tids.add(thread.imageTid());
    }
    return tids;
  }

  private inventory_entry inventory(
      CgroupCapturer.Captured cgroups, NamespaceIds namespaces, ConnectionOptions connections) {
    inventory_entry.Builder inventory =
        inventory_entry
            .newBuilder()
            .setImgVersion(IMAGES_VERSION)
            .setFdinfoPerId(true)
            .setRootIds(namespaces.ofTask(Unistd.getpid()))
            .setNsPerId(true)
            .setLsmtype(lsmtype.NO_LSM)
            .setNetworkLockMethod(connections.lock().number())
            .setPluginsEntry(plugins_entry.getDefaultInstance())
            .setDumpCriuRunId(runId);
    if (connections.close()) {
      inventory.setTcpClose(true);
    }
    if (cgroups.dumperSetId() != 0) {
      inventory.setRootCgSet(cgroups.dumperSetId());
    }
    return inventory.build();
  }
}
