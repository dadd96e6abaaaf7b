// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.RestoreException;
import dev.torpor.error.TorporException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.BuildIdCheck;
import dev.torpor.file.CapturedFiles;
import dev.torpor.file.FileImages;
import dev.torpor.file.FileRestoreOptions;
import dev.torpor.file.FileRooms;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.Handover;
import dev.torpor.file.ServiceFd;
import dev.torpor.file.TaskFiles;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.Manifest;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.inject.Stage;
import dev.torpor.inject.Word;
import dev.torpor.linux.Blob;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal;
import dev.torpor.memory.AddressSpacePlan;
import dev.torpor.memory.KernelAreas;
import dev.torpor.memory.Provisions;
import dev.torpor.memory.SharedAreas;
import dev.torpor.memory.TreeMemory;
import dev.torpor.plan.Facts;
import dev.torpor.plan.FreeZone;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcFs;
import dev.torpor.task.Dumpable;
import dev.torpor.task.SeccompFilters;
import dev.torpor.task.ThpDisabled;
import dev.torpor.task.ThreadRoom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;

/**
 * The programs that bring a tree back; made from images, options and the launcher's layout, without
 * a task or a change to anything.
 */
final class RestorePlan {
  private static final int IMAGES_VERSION = 2;

  /** More than the programs of any tree take. */
  private static final long STAGE_ROOM_BYTES = 1L << 31;

  /** ~0U: close_range(2) takes it for the highest there is. */
  private static final int LAST_DESCRIPTOR = -1;

  private static final long TASK_SIZE = 0x7fff_ffff_f000L;

  private final ImageDirectory images;
  private final LauncherLayout launcher;
  private final List<TaskImages> tasks = new ArrayList<>();
  private final Map<Integer, ThreadPlan> plans = new LinkedHashMap<>();
  private final Stage stage = new Stage(Blob.code());
  private final Word go = stage.word("Torpor holds the root task");
  private final Word groups = stage.word("process groups have their leaders");
  private final List<mm_entry> spaces = new ArrayList<>();
  private final List<TreeRoom> treeRooms = TreeRooms.all();
  private inventory_entry inventory;
  private NamespaceReturn namespaces;
  private Op namespacesTrap;
  private CapturedFiles captured;
  private FilesPlanner files;
  private final Map<String, Integer> inherited;
  private final Facts facts;
  private ServiceFd proc;
  private ServiceFd imagesFd;
  private int pidNamespace;
  private long stageBase;
  private long pageCount;

  /**
   * Reads and plans.
   *
   * @throws TorporException for anything wrong with the images, or that is not carried
   */
  RestorePlan(RestoreOptions options, LauncherLayout launcher) throws IOException {
    this.images = options.images();
    this.launcher = launcher;
    this.inherited = options.inherited();
    this.facts = options.facts().copy();
    readTree();
    Kinship kinship = Kinship.of(tasks);
    kinship.check();
    planFiles(options);
    planNamespaces(options);
    planMemory();
    planThreads();
    for (TreeRoom room : treeRooms) {
      room.plan(this);
    }
    new ProcessTreePlan(tasks, kinship, plans, groups).plan();
    for (ThreadPlan plan : plans.values()) {
      stage.add(plan.program());
    }
    for (ThreadPlan plan : plans.values()) {
      plan.assemble();
    }
  }

  private void readTree() throws IOException {
    if (!images.has(ImageType.INVENTORY)) {
      throw new RestoreException(
          "no inventory.img in " + images.path() + ": no complete checkpoint is there");
    }
    inventory = images.only(ImageType.INVENTORY, inventory_entry.parser());
    if (inventory.getImgVersion() != IMAGES_VERSION || !inventory.getFdinfoPerId()) {
      throw new UnsupportedException(
          images.file(ImageType.INVENTORY).toString(),
          "images of version " + inventory.getImgVersion() + " are not carried; dump again");
    }
    Manifest.check(images, inventory.getDumpCriuRunId());
    readTasks();
    if (tasks.isEmpty()) {
      throw new RestoreException("pstree.img in " + images.path() + " has no task");
    }
    for (TaskImages task : tasks) {
      for (int tid : task.cores().keySet()) {
        plans.put(tid, new ThreadPlan(task.pid(), tid));
      }
      if (!task.isZombie()) {
        spaces.add(task.mm());
      }
    }
  }

  private void readTasks() throws IOException {
    List<pstree_entry> tree;
    try (ImageReader pstree = images.read(ImageType.PSTREE)) {
      tree = pstree.rest(pstree_entry.parser());
    }
    TreeEntries.check(images.file(ImageType.PSTREE).getFileName().toString(), tree);
    Map<Integer, FutureTask<core_entry>> cores = readCores(tree);
    for (pstree_entry entry : tree) {
      tasks.add(TaskImages.read(images, entry, cores));
    }
  }

  /** Of many threads by two threads: there is an image of each. Empty for few. */
  private Map<Integer, FutureTask<core_entry>> readCores(List<pstree_entry> tree) {
    List<Integer> tids = new ArrayList<>();
    for (pstree_entry entry : tree) {
      tids.addAll(entry.getThreadsList());
    }
    Map<Integer, FutureTask<core_entry>> cores = new LinkedHashMap<>();
    if (tids.size() < SecondThread.MANY) {
      return cores;
    }
    try (SecondThread second = new SecondThread()) {
      for (int tid : tids) {
        cores.put(
            tid, new FutureTask<>(() -> images.only(ImageType.CORE, tid, core_entry.parser())));
      }
      second.share(List.copyOf(cores.values()));
    }
    return cores;
  }

  private void planFiles(RestoreOptions options) throws IOException {
    List<TaskFiles> users = new ArrayList<>();
    Set<Integer> filesIds = new HashSet<>();
    Map<Integer, TaskImages> byPid = new LinkedHashMap<>();
    for (TaskImages task : tasks) {
      byPid.put(task.pid(), task);
      if (!task.isZombie()) {
        TaskImages parent = byPid.get(task.tree().getPpid());
        boolean sharesFs = parent != null && parent.ids().getFsId() == task.ids().getFsId();
        filesIds.add(task.ids().getFilesId());
        users.add(
            new TaskFiles(
                task.tree().getPpid(),
                task.ids().getFilesId(),
                sharesFs ? null : task.fs(),
                plans.get(task.pid())));
      }
    }
    captured = FileImages.read(images, filesIds);
    files =
        new FilesPlanner(
            captured,
            users,
            FileRooms.all(),
            new FileRestoreOptions(
                options.inherited(), launcher.descriptorLimit(), options.checksFileMode()),
            facts);
    proc = files.reserve();
    imagesFd = files.reserve();
  }

  private void planNamespaces(RestoreOptions options) throws IOException {
    namespaces =
        options
            .modules()
            .namespaces(
                new ProcFs(Path.of("/proc")), images, inventory.getRootIds(), root().ids(), facts);
    ThreadPlan plan = plans.get(root().pid());
    namespaces.plan(plan, key -> given(options, key));
    planNamespacesBelow();
    String pidKey = namespaces.pidNamespaceKey();
    pidNamespace = pidKey == null ? Launcher.OWN_PID_NAMESPACE : given(options, pidKey);
    plan.at(
        Step.NAMESPACES,
        program -> namespacesTrap = program.trap("the namespaces of the tree are there"));
  }

  private void planNamespacesBelow() throws IOException {
    Map<Integer, task_kobj_ids_entry> ids = new HashMap<>();
    for (TaskImages task : tasks) {
      if (!task.isZombie()) {
        ids.put(task.pid(), task.ids());
        task_kobj_ids_entry parent = ids.get(task.tree().getPpid());
        if (parent != null) {
          namespaces.planBelow(plans.get(task.pid()), task.ids(), parent, proc.number());
        }
      }
    }
  }

  private static int given(RestoreOptions options, String key) {
    Integer fd = options.inherited().get(key);
    if (fd == null) {
      throw new RestoreException(
          "the images want a namespace given as "
              + key
              + "; open its file, such as /proc/PID/ns/net, and pass the descriptor with"
              + " --inherit-fd fd[NUMBER]:"
              + key);
    }
    return fd;
  }

  /** The launcher's descriptor of the pid namespace that the root task is born in. */
  int pidNamespace() {
    return pidNamespace;
  }

  /** Build ids to be compared while all tasks wait at their first trap. */
  List<BuildIdCheck> buildIdChecks() {
    return files.buildIdChecks();
  }

  private void planMemory() throws IOException {
    SharedAreas shared = new SharedAreas(images, spaces, captured, files);
    List<long[]> used = AddressSpacePlan.ranges(spaces);
    used.addAll(launcher.ranges());
    long parked = KernelAreas.lengthBytes(launcher.mappings());
    long zone =
        FreeZone.find(
            used,
            parked
                + shared.longestBytes()
                + STAGE_ROOM_BYTES
                + Provisions.ROOM_BYTES
                + 3 * PAGE_GAP);
    KernelAreas kernelAreas = new KernelAreas(launcher.mappings(), launcher.vdso(), zone);
    stageBase = zone + parked + PAGE_GAP;
    ThreadPlan root = plans.get(tasks.get(0).pid());
    root.at(Step.CLEAR, program -> clear(program, kernelAreas, zone + parked));
    root.at(Step.CLEAR, this::closeForeign);
    long sharedPlace = stageBase + STAGE_ROOM_BYTES + PAGE_GAP;
    Provisions provisions =
        new Provisions(imagesFd, proc, sharedPlace + shared.longestBytes() + PAGE_GAP);
    shared.plan(root, provisions, sharedPlace);
    TreeMemory memory = new TreeMemory(images, kernelAreas, provisions, captured);
    for (TaskImages task : tasks) {
      if (!task.isZombie()) {
        memory.add(plans.get(task.pid()), task.tree().getPpid(), task.mm());
      }
    }
    memory.plan(files, shared);
    pageCount = memory.pageCount();
    files.plan();
  }

  private static final long PAGE_GAP = 1L << 16;

  /** Root task: nothing of the launcher stays but the kernel's areas, and no signal interrupts. */
  private void clear(Program program, KernelAreas kernelAreas, long parkedEnd) {
    program.waitFor("waiting for Torpor", go, 1);
    Data all = program.reserve(Signal.SIGSET_BYTES).putLong(0, -1);
    program
        .call("blocking signals", Nr.SYS_rt_sigprocmask)
        .arg(Signal.SIG_SETMASK)
        .arg(all)
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
    kernelAreas.park(program);
    long zone = parkedEnd - KernelAreas.lengthBytes(launcher.mappings());
    unmap(program, 0, zone);
    unmap(program, stageBase + STAGE_ROOM_BYTES, TASK_SIZE);
  }

  /** Only what the caller gave, and what the plan itself needs, stays open. */
  private void closeForeign(Program program) {
    TreeSet<Integer> kept = new TreeSet<>(inherited.values());
    kept.addAll(files.launchers());
    kept.add(proc.number());
    kept.add(imagesFd.number());
    int first = 0;
    for (int fd : kept) {
      closeRange(program, first, fd - 1);
      first = fd + 1;
    }
    closeRange(program, first, LAST_DESCRIPTOR);
    for (ServiceFd fd : files.reserved()) {
      if (fd != proc && fd != imagesFd) {
        // Or what the mounts are made with could come to be at its number.
        program
            .call("keeping a descriptor's number", Nr.SYS_dup3)
            .arg(proc.number())
            .arg(fd.number())
            .arg(Fcntl.O_CLOEXEC);
      }
    }
  }

  private static void closeRange(Program program, int first, int last) {
    if (first != last + 1) {
      program
          .call("closing the launcher's descriptors", Nr.SYS_close_range)
          .arg(first)
          .arg(Integer.toUnsignedLong(last))
          .arg(0);
    }
  }

  private static void unmap(Program program, long start, long end) {
    program.call("unmapping the launcher", Nr.SYS_munmap).arg(start).arg(end - start);
  }

  private void planThreads() throws IOException {
    seccomp_entry filters = seccomp_entry.getDefaultInstance();
    if (images.has(ImageType.SECCOMP)) {
      filters = images.only(ImageType.SECCOMP, seccomp_entry.parser());
    }
    List<ThreadRoom> rooms =
        ThreadRooms.forRestore(
            SeccompFilters.of(filters), proc.number(), launcher.lastCapability());
    for (TaskImages task : tasks) {
      if (task.isZombie()) {
        continue;
      }
      // The first one reserved: all of the plan's own, and no other, are at it or above.
      plans
          .get(task.pid())
          .at(Step.CLOSE, program -> closeRange(program, proc.number(), LAST_DESCRIPTOR));
      for (Map.Entry<Integer, core_entry> thread : task.cores().entrySet()) {
        ThreadPlan plan = plans.get(thread.getKey());
        for (ThreadRoom room : rooms) {
          room.plan(thread.getValue(), task.leader(), plan);
        }
        ThpDisabled.plan(task.mm(), plan);
        Dumpable.plan(task.mm(), plan);
        plan.at(Step.MEET, program -> program.trap("all of " + plan.subject() + " is there"));
      }
    }
  }

  /** Descriptors for the caller. */
  List<Handover> handovers() {
    return files.handovers();
  }

  /** Whether the tree has namespaces that are not its restorer's. */
  boolean hasOwnNamespaces() {
    task_kobj_ids_entry own = inventory.getRootIds();
    task_kobj_ids_entry ids = root().ids();
    return hasOwnNetwork()
        || own.getPidNsId() != ids.getPidNsId()
        || own.getMntNsId() != ids.getMntNsId()
        || own.getIpcNsId() != ids.getIpcNsId()
        || own.getUtsNsId() != ids.getUtsNsId()
        || own.getCgroupNsId() != ids.getCgroupNsId();
  }

  /** Whether the tree has a network namespace that is not its restorer's. */
  boolean hasOwnNetwork() {
    return inventory.getRootIds().getNetNsId() != root().ids().getNetNsId();
  }

  List<TreeRoom> treeRooms() {
    return treeRooms;
  }

  /** How many pages are read back. */
  long pageCount() {
    return pageCount;
  }

  ImageDirectory images() {
    return images;
  }

  inventory_entry inventory() {
    return inventory;
  }

  NamespaceReturn namespaces() {
    return namespaces;
  }

  /** Where the root task waits with its namespaces made, before mounts and children. */
  Op namespacesTrap() {
    return namespacesTrap;
  }

  List<TaskImages> tasks() {
    return tasks;
  }

  TaskImages root() {
    return tasks.get(0);
  }

  ThreadPlan plan(int tid) {
    return plans.get(tid);
  }

  Stage stage() {
    return stage;
  }

  long stageBase() {
    return stageBase;
  }

  Word go() {
    return go;
  }

  ServiceFd proc() {
    return proc;
  }

  ServiceFd imagesFd() {
    return imagesFd;
  }

  /** Programs of tasks that are to run, of all threads. */
  List<Program> living() {
    List<Program> living = new ArrayList<>();
    for (TaskImages task : tasks) {
      if (!task.isZombie()) {
        for (int tid : task.cores().keySet()) {
          living.add(plans.get(tid).program());
        }
      }
    }
    return living;
  }

  /** Programs of tasks that are to end. */
  Set<Program> zombies() {
    Set<Program> zombies = new HashSet<>();
    for (TaskImages task : tasks) {
      if (task.isZombie()) {
        zombies.add(plans.get(task.pid()).program());
      }
    }
    return zombies;
  }
}
