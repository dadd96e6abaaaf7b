// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.CaptureContext;
import dev.torpor.file.FileRooms;
import dev.torpor.file.FileTable;
import dev.torpor.file.MountLookup;
import dev.torpor.file.PidLookup;
import dev.torpor.image.proto.dump_stats_entry;
import dev.torpor.inject.Gadgets;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Unistd;
import dev.torpor.memory.PageDump;
import dev.torpor.proc.ProcFs;
import dev.torpor.task.Seizure;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * One dump: rehearse, freeze, capture, write, then thaw or kill.
 *
 * <p>Until the tree is killed every failure leaves it running: closing the {@link Seizure} lets all
 * threads go where they stood.
 */
final class Dump {
  private final DumpOptions options;
  private final Log log;
  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final Gadgets gadgets = new Gadgets();
  private final NamespaceIds namespaces = new NamespaceIds(proc);
  private final DumpImages images;
  private final Stopwatch freezing = new Stopwatch();
  private final Stopwatch frozen = new Stopwatch();
  private final Stopwatch memory = new Stopwatch();
  private PageDump pages;

  Dump(DumpOptions options) {
    this.options = options;
    this.log = options.log();
    this.images = new DumpImages(options.images());
  }

  DumpResult run() {
    try {
      if (options.notifier().notify(Notifier.Action.PRE_DUMP, options.pid()) != 0) {
        throw new DumpException("the pre-dump script failed; nothing was touched");
      }
      rehearse();
      return new DumpResult(dumpFrozen(), statistics());
    } catch (IOException e) {
      throw new DumpException("cannot write the images: " + e.getMessage(), e);
    }
  }

  private void rehearse() {
    log.info("Looking at the tree of " + options.pid());
    TaskTree tree = TaskTree.walk(proc, options.pid(), task -> {});
    tree.check(options.shellJob());
    new TreeCapture(proc, fileTable(tree), namespaces, gadgets, null).capture(tree);
  }

  private int dumpFrozen() throws IOException {
    try (Seizure seizure = new Seizure(proc)) {
      log.info("Freezing the tree of " + options.pid());
      frozen.start();
      freezing.start();
      TaskTree tree = TaskTree.walk(proc, options.pid(), seizure::stop);
      freezing.stop();
      tree.check(options.shellJob());
      TreeCapture capture = new TreeCapture(proc, fileTable(tree), namespaces, gadgets, seizure);
      capture.capture(tree);
      writePages(capture);
      if (options.leaveRunning()) {
        seizure.close();
        frozen.stop();
      }
      images.write(capture, namespaces);
      return end(tree);
    }
  }

  private int end(TaskTree tree) {
    int status = options.notifier().notify(Notifier.Action.POST_DUMP, options.pid());
    if (status != 0) {
      log.warn("The post-dump script ended with status " + status + ": the tree goes on");
      return status;
    }
    if (!options.leaveRunning()) {
      kill(tree);
      frozen.stop();
    }
    log.info("Dumping finished successfully");
    return 0;
  }

  /** Children first would let parents see them die: the root goes first. */
  private void kill(TaskTree tree) {
    for (Task task : tree.tasks()) {
      if (!task.isZombie()) {
        int pidfd = Pidfd.pidfdOpen(task.pid(), 0);
        Pidfd.pidfdSendSignal(pidfd, Signal.SIGKILL);
        Unistd.close(pidfd);
      }
    }
  }

  private void writePages(TreeCapture capture) throws IOException {
    memory.start();
    pages = new PageDump(proc, options.images());
    for (CapturedTask task : capture.tasks()) {
      if (task.mm() != null) {
        pages.dump(task.task().pid(), task.task().imagePid(), task.mm());
      }
    }
    memory.stop();
    log.info("Wrote " + pages.pagesWritten() + " pages of " + pages.pagesScanned());
  }

  /** Reading and writing memory is one pass: all of it counts as reading. */
  private dump_stats_entry statistics() {
    return dump_stats_entry
        .newBuilder()
        .setFreezingTime(freezing.micros())
        .setFrozenTime(frozen.micros())
        .setMemdumpTime(memory.micros())
        .setMemwriteTime(0)
        .setPagesScanned(pages.pagesScanned())
        .setPagesSkippedParent(0)
        .setPagesWritten(pages.pagesWritten())
        .setIrmapResolve(0)
        .setPagesLazy(0)
        .setPagePipes(0)
        .setPagePipeBufs(0)
        .setShpagesScanned(0)
        .setShpagesSkippedParent(0)
        .setShpagesWritten(0)
        .build();
  }

  private FileTable fileTable(TaskTree tree) {
    Map<Integer, Integer> imagePids = new HashMap<>();
    for (Task task : tree.tasks()) {
      imagePids.put(task.pid(), task.imagePid());
    }
    PidLookup pids = pid -> imagePids.getOrDefault(pid, 0);
    return new FileTable(
        new CaptureContext(
            proc,
            MountLookup.ofOwnNamespace(),
            inode -> namespaces.of("net:[" + inode + "]"),
            pids,
            options.shellJob()),
        FileRooms.all());
  }
}
