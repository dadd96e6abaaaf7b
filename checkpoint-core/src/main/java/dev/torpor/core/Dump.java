// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.arch.Gadgets;
import dev.torpor.arch.Registers;
import dev.torpor.arch.XstateLayout;
import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.DumpException;
import dev.torpor.error.IoReason;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.CaptureContext;
import dev.torpor.file.CaptureWarnings;
import dev.torpor.file.FileRoom;
import dev.torpor.file.FileTable;
import dev.torpor.file.FilesInFlight;
import dev.torpor.file.FoundPaths;
import dev.torpor.file.PidLookup;
import dev.torpor.file.Rehearsal;
import dev.torpor.file.RehearsedOrder;
import dev.torpor.file.SeenDescriptor;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.UnfinishedImages;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Seizure;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Unistd;
import dev.torpor.memory.AddressSpaceRoom;
import dev.torpor.memory.LiveMemory;
import dev.torpor.memory.MappingPolicies;
import dev.torpor.memory.MappingRooms;
import dev.torpor.memory.PageDump;
import dev.torpor.memory.SysvSegments;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Machine;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import dev.torpor.task.RobustList;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import dev.torpor.task.ThreadRoom;
import dev.torpor.tcp.ConnectionOptions;
import dev.torpor.tcp.HeldConnections;
import dev.torpor.timer.TraceeMemory;
import dev.torpor.timer.WaitingCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * One dump: rehearse, freeze, capture, write, then thaw or kill.
 *
 * <p>Until the tree is killed every failure leaves it running: closing the {@link Seizure} lets all
 * threads go where they stood.
 */
final class Dump {
  private final DumpOptions options;
  private final DumpModules modules;
  private final Supplier<Rooms> rooms;
  private final Launcher launcher;
  private final Log log;
  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final int ownPid = Unistd.getpid();
  private final Gadgets gadgets = new Gadgets();
  private final Registers registers = new Registers(XstateLayout.ofThisProcessor());
  private final NamespaceIds ids = new NamespaceIds(proc);
  private final SecondThread second = new SecondThread();
  private final UnfinishedImages unfinished;
  private final MappingRooms mappingRooms;
  private final PageDump pages;
  private final LiveMemory live;
  private final CapturedImages images;
  private final Stopwatch freezing = new Stopwatch();
  private final Stopwatch frozen = new Stopwatch();
  private final List<TreeRoom> treeRooms;
  private final DumpGuard guard;
  private final MadeLinks links;
  private final HeldConnections connections;
  private final FoundPaths foundPaths = new FoundPaths();
  private final RehearsedOrder rehearsedOrder = new RehearsedOrder();
  private final FilesInFlight filesInFlight = new FilesInFlight();
  private final TraceeMemory traceeMemory = new TraceeMemory();
  private NamespaceCapture namespaces;

  /** By which the root task is seen: if its main thread has ended, another thread's. */
  private int rootPid;

  private Machine machine;

  /** By a launcher, which starts who ends the tree if this process is killed meanwhile. */
  Dump(DumpOptions options, DumpModules modules, Supplier<Rooms> rooms, Launcher launcher) {
    this.options = options;
    this.modules = modules;
    this.rooms = rooms;
    this.launcher = launcher;
    this.treeRooms = rooms.get().of(TreeRoom.class);
    this.guard = new DumpGuard(launcher);
    this.links = new MadeLinks(launcher);
    this.connections = new HeldConnections(locksConnections(options), guard);
    this.log = options.log();
    this.unfinished = new UnfinishedImages(options.images());
    this.images = new CapturedImages(unfinished.images());
    this.mappingRooms = new MappingRooms(rooms.get(), images);
    this.pages = new PageDump(proc, images, mappingRooms, second);
    this.live = new LiveMemory(proc, images, mappingRooms, second, log::info);
  }

  private static boolean locksConnections(DumpOptions options) {
    ConnectionOptions said = options.facts().find(ConnectionOptions.class);
    return said != null && said.lock() != ConnectionOptions.Lock.SKIP;
  }

  DumpResult run() {
    try (unfinished;
        pages;
        second;
        live;
        traceeMemory;
        links;
        guard;
        connections;
        filesInFlight) {
      if (options.notifier().notify(Notifier.Action.PRE_DUMP, options.pid()) != 0) {
        throw new DumpException("the pre-dump script failed; nothing was touched");
      }
      try (CgroupCapturer cgroups = modules.cgroups(log::warn)) {
        rehearse(cgroups);
        unfinished.begin();
        if (options.liveMemory() && !cgroups.isFrozen()) {
          copyLive();
        }
        return result(dumpFrozen(cgroups));
      }
    } catch (IOException e) {
      throw new DumpException("cannot write the images: " + IoReason.of(e), e);
    }
  }

  private void rehearse(CgroupCapturer cgroups) throws IOException {
    log.info("Looking at the tree of " + options.pid());
    TaskTree tree = TaskTree.look(proc, options.pid());
    Seizure.refuseChild(proc, options.pid());
    tree.refuse(launcher.pid());
    tree.check(options.shellJob());
    rootPid = tree.root().pid();
    task_kobj_ids_entry rootIds = ids.ofTask(rootPid);
    namespaces = modules.namespaces(proc, ownPid, ids.ofTask(ownPid), rootPid, rootIds, log::warn);
    namespaces.check();
    machine = Machine.of(proc, ownPid);
    rehearse(tree);
    List<Integer> pids = new ArrayList<>();
    MappingPolicies policies = new MappingPolicies(proc);
    for (Task task : tree.tasks()) {
      if (!task.isZombie()) {
        pids.add(task.pid());
        policies.warn(task.pid(), log::warn);
      }
    }
    new ExecutedBeside(proc, ownPid).warn(tree, log::warn);
    cgroups.rehearse(rootPid, pids);
  }

  private void copyLive() throws IOException {
    TaskTree tree = TaskTree.look(proc, options.pid());
    live.copy(tree, options.timeoutSeconds());
    pages.startFrom(live);
  }

  /**
   * A child of vfork(2) shares the memory of its parent until it calls execve(2), and a shell joins
   * a new group before or after its child does: such a tree is looked at again.
   */
  private void rehearse(TaskTree first) throws IOException {
    RunningTasks.Patience patience = new RunningTasks.Patience();
    TaskTree tree = first;
    while (true) {
      TreeCapture capture = capture(tree, null);
      capture.capture(tree);
      filesInFlight.close();
      namespaces.check(capture.segments());
      try {
        capture.kinship().check();
        return;
      } catch (UnsupportedException e) {
        if (!patience.waits()) {
          throw e;
        }
      }
      tree = TaskTree.look(proc, options.pid());
    }
  }

  private int dumpFrozen(CgroupCapturer cgroups) throws IOException {
    boolean wasFrozen = cgroups.isFrozen();
    try (Seizure seizure = new Seizure(proc, wasFrozen, options.timeoutSeconds())) {
      frozen.start();
      WholeTree whole = null;
      boolean goesOn = true;
      try {
        TaskTree tree = freeze(seizure, cgroups, wasFrozen);
        whole = wholeTree();
        for (TreeRoom room : treeRooms) {
          room.freeze(whole);
        }
        queryExternalFiles();
        TreeCapture capture = capture(tree, seizure, cgroups);
        if (options.leaveRunning()) {
          thaw(seizure, cgroups, wasFrozen);
          live.untrack();
        }
        live.assemble();
        String runId = write(capture);
        int status = options.notifier().notify(Notifier.Action.POST_DUMP, options.pid());
        goesOn = status != 0 || options.leaveRunning();
        if (!goesOn) {
          signal(tree, runId);
          end(seizure, cgroups, wasFrozen);
        }
        log.info(
            status == 0
                ? "Dumping finished successfully"
                : "The post-dump script ended with status " + status + ": the tree goes on");
        return status;
      } finally {
        if (goesOn) {
          thaw(seizure, cgroups, wasFrozen);
          letGo(whole);
        }
      }
    }
  }

  /** Null if the tree could not even be stopped. */
  private void letGo(WholeTree whole) {
    if (whole != null) {
      for (TreeRoom room : treeRooms) {
        room.thaw(whole);
      }
    }
  }

  /**
   * Has all written that is not written yet, and meanwhile makes the plan of the restore: what it
   * refuses, or needs and does not find here, ends the dump while the tree is still there.
   */
  private String write(TreeCapture capture) throws IOException {
    DumpImages made = new DumpImages(images, second);
    ConnectionOptions said = options.facts().find(ConnectionOptions.class);
    made.add(capture, ids, said == null ? ConnectionOptions.NONE : said);
    // Rooms of threads find some of them when they make their entries.
    capture.warnings().forEach(log::warn);
    List<FutureTask<Void>> writes = images.writes();
    second.begin(writes);
    RestorePlan.of(images, PlanOptions.of(options, modules, rooms.get()), machine, second)
        .verifyNeeds();
    second.finish(writes);
    links.unguard();
    unfinished.publish(made.runId());
    links.keep();
    return made.runId();
  }

  /**
   * The tree was killed, or is to stay stopped: SIGSTOP waits behind the stops that its threads are
   * in. The network of a stopped tree stays locked, as with CRIU, until a restore.
   */
  private void end(Seizure seizure, CgroupCapturer cgroups, boolean wasFrozen) {
    if (options.leaveStopped()) {
      thaw(seizure, cgroups, wasFrozen);
    } else {
      // runc takes a container whose init still lives for one that could not be dumped.
      seizure.awaitEnd();
      guard.close();
      frozen.stop();
    }
  }

  private TaskTree freeze(Seizure seizure, CgroupCapturer cgroups, boolean wasFrozen) {
    log.info("Freezing the tree of " + options.pid());
    freezing.start();
    TaskTree tree = TaskTree.walk(proc, options.pid(), task -> seizure.stop(task.tgid()));
    rootPid = tree.root().pid();
    if (wasFrozen) {
      cgroups.thaw();
      seizure.awaitThawed();
    }
    freezing.stop();
    tree.check(options.shellJob());
    return tree;
  }

  /** What an engine froze stays frozen: it thaws it itself. */
  private void thaw(Seizure seizure, CgroupCapturer cgroups, boolean wasFrozen) {
    if (frozen.isRunning()) {
      connections.close();
      if (wasFrozen) {
        cgroups.freezeAgain();
      }
      seizure.close();
      frozen.stop();
    }
  }

  private TreeCapture capture(TaskTree tree, Seizure seizure) {
    FileTable files =
        fileTable(tree, seizure == null ? new CapturedImages(unfinished.images()) : images);
    AddressSpaceRoom addressSpaces =
        new AddressSpaceRoom(
            proc,
            mappingRooms,
            new FilesOfMappings(files, proc, ids, new AioRings(traceeMemory, seizure != null)),
            live);
    ThreadCapture threads =
        new ThreadCapture(
            rooms.get().of(ThreadRoom.class),
            proc,
            addressSpaces,
            registers,
            seizure,
            second,
            new WaitingCalls(traceeMemory, log::warn),
            traceeMemory);
    return new TreeCapture(
        files, ids, namespaces, gadgets, threads, seizure == null ? null : pages);
  }

  private TreeCapture capture(TaskTree tree, Seizure seizure, CgroupCapturer cgroups)
      throws IOException {
    TreeCapture capture = capture(tree, seizure);
    capture.capture(tree);
    capture.kinship().check();
    capture.cgroups(cgroups.capture(rootPid, capture.threads()));
    finishPages(capture);
    capture.deletedFiles().write(images, links::willMake);
    filesInFlight.close();
    writeNamespaces(capture.segments());
    new SemaphoreUndo(proc, launcher.pid(), ids).warn(tree, images, log::warn);
    for (TreeRoom room : treeRooms) {
      room.write(wholeTree(), images);
    }
    return capture;
  }

  private void writeNamespaces(SysvSegments segments) throws IOException {
    try (segments) {
      namespaces.write(images, segments);
      pages.dumpShared(segments.contents());
    }
  }

  /** Whatever belongs to no task alone. */
  private void see(SeenDescriptor seen) {
    for (TreeRoom room : treeRooms) {
      room.see(seen);
    }
  }

  /** Where CRIU asks; nothing that an answer could name would be found in time. */
  private void queryExternalFiles() {
    if (options.notifier().notify(Notifier.Action.QUERY_EXT_FILES, options.pid()) != 0) {
      throw new DumpException("the answer to query-ext-files forbids the dump; the tree goes on");
    }
  }

  private WholeTree wholeTree() {
    boolean ownNetwork = ids.ofTask(rootPid).getNetNsId() != ids.ofTask(ownPid).getNetNsId();
    return new WholeTree(options.pid(), ownNetwork, options.notifier(), launcher, facts(true));
  }

  /** All or none of it ends: once the first has its SIGKILL, the guardian sees to the others. */
  private void signal(TaskTree tree, String runId) {
    if (options.leaveStopped()) {
      signal(tree, Signal.SIGSTOP);
      return;
    }
    List<RobustList.Held> held = robustFutexes(tree);
    if (tree.tasks().size() == 1 && connections.isEmpty() && held.isEmpty()) {
      signal(tree, Signal.SIGKILL);
      return;
    }
    Guardian guardian = guard.guardian();
    for (Task task : tree.tasks()) {
      if (!task.isZombie()) {
        guardian.holds(task.tgid());
      }
    }
    guardian.confirm();
    guardian.end();
    for (TreeRoom room : treeRooms) {
      room.end(wholeTree(), runId);
    }
    connections.silence();
    for (RobustList.Held list : held) {
      list.clear();
    }
    signal(tree, Signal.SIGKILL);
  }

  private static List<RobustList.Held> robustFutexes(TaskTree tree) {
    List<RobustList.Held> held = new ArrayList<>();
    for (Task task : tree.tasks()) {
      for (int tid : task.isZombie() ? List.<Integer>of() : task.threads()) {
        RobustList.Held list = RobustList.heldBy(tid);
        if (list != null) {
          held.add(list);
        }
      }
    }
    return held;
  }

  /** Children first would let parents see them die: the root goes first. */
  private static void signal(TaskTree tree, int signal) {
    for (Task task : tree.tasks()) {
      if (!task.isZombie()) {
        int pidfd = Pidfd.pidfdOpen(task.tgid(), 0);
        Pidfd.pidfdSendSignal(pidfd, signal);
        Unistd.close(pidfd);
      }
    }
  }

  private void finishPages(TreeCapture capture) throws IOException {
    List<FutureTask<Void>> dumps = new ArrayList<>();
    for (CapturedTask task : capture.tasks()) {
      if (task.mm() != null) {
        dumps.add(task.pages());
      }
    }
    pages.finish(dumps);
    List<? extends FutureTask<?>> meanwhile = capture.cores();
    for (FutureTask<Void> dump : dumps) {
      SecondThread.result(dump, meanwhile);
    }
    pages.dumpShared(capture.sharedMemory());
    log.info(
        "Wrote "
            + pages.pagesWritten()
            + " pages of "
            + pages.pagesScanned()
            + ", "
            + pages.pagesCopiedLive()
            + " of them before the tree stood");
  }

  private DumpResult result(int postDumpStatus) {
    return new DumpResult(
        postDumpStatus,
        freezing.micros(),
        frozen.micros(),
        pages.micros(),
        pages.pagesScanned(),
        pages.pagesWritten());
  }

  /** Connections are held when the tree is frozen, not in the rehearsal. */
  private Facts facts(boolean isFrozen) {
    Facts facts = options.facts().copy().with(foundPaths).with(filesInFlight);
    facts.with(rehearsedOrder).with(new CaptureWarnings(log::warn));
    return isFrozen ? facts.with(connections) : Rehearsal.in(facts);
  }

  private FileTable fileTable(TaskTree tree, CapturedImages captured) {
    Map<Integer, Integer> imagePids = new HashMap<>();
    for (Task task : tree.tasks()) {
      imagePids.put(task.tgid(), task.imagePid());
    }
    PidLookup pids = pid -> imagePids.getOrDefault(pid, 0);
    return new FileTable(
        new CaptureContext(
            proc,
            namespaces.mounts(),
            ids::of,
            pids,
            options.buildIds(),
            facts(captured == images)),
        rooms.get().of(FileRoom.class),
        this::see,
        captured);
  }
}
