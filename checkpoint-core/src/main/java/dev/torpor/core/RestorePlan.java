// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.file.BuildIdCheck;
import dev.torpor.file.EndedTasks;
import dev.torpor.file.FileRestoreOptions;
import dev.torpor.file.FileRoom;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.Handover;
import dev.torpor.file.ServiceFd;
import dev.torpor.file.TaskFiles;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.ProgramPrinter;
import dev.torpor.inject.Stage;
import dev.torpor.inject.Word;
import dev.torpor.linux.Blob;
import dev.torpor.memory.MappingRooms;
import dev.torpor.memory.TreeMemory;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ImagesDescriptor;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.SeccompFilters;
import dev.torpor.task.ThreadRoom;
import dev.torpor.tcp.ConnectionOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;

/**
 * The programs that bring a tree back. A pure function of images, options and what is known of the
 * machine: it looks at nothing else, and makes nothing. A dump makes it of what it has captured, a
 * restore of what it reads.
 */
public final class RestorePlan {
  private final ImageStore images;
  private final PlanOptions options;
  private final Machine machine;
  private final TreeImages tree;
  private final Map<Integer, ThreadPlan> plans = new LinkedHashMap<>();
  private final Stage stage = new Stage(Blob.code());
  private final Word go = stage.word("Torpor holds the root task");
  private final List<TreeRoom> treeRooms;
  private EndedTasks endedTasks;
  private FilesPlanner files;
  private ServiceFd proc;
  private ServiceFd imagesFd;
  private NamespacesPlan namespaces;
  private MemoryPlan memory;

  private RestorePlan(ImageStore images, PlanOptions options, Machine machine, TreeImages tree) {
    this.images = images;
    this.options = options;
    this.treeRooms = options.rooms().of(TreeRoom.class);
    this.machine = machine;
    this.tree = tree;
  }

  /**
   * Plans.
   *
   * @param second makes a part of a plan for many threads
   * @throws dev.torpor.error.TorporException for anything wrong with the images, or that is not
   *     carried
   */
  static RestorePlan of(
      ImageStore images, PlanOptions options, Machine machine, SecondThread second)
      throws IOException {
    RestorePlan plan = new RestorePlan(images, options, machine, TreeImages.read(images, second));
    plan.plan(second);
    return plan;
  }

  private void plan(SecondThread second) throws IOException {
    Kinship kinship = tree.kinship();
    kinship.check();
    EndedLeader.checkChildren(tree.tasks());
    Facts facts = options.facts().copy().with(machine).with(connectionOptions()).with(stage);
    endedTasks = facts.of(EndedTasks.class, EndedTasks::new);
    for (TaskImages task : tree.tasks()) {
      for (int tid : task.cores().keySet()) {
        plans.put(tid, new ThreadPlan(task.pid(), tid, facts));
      }
    }
    files =
        new FilesPlanner(images, users(), options.rooms().of(FileRoom.class), fileOptions(), facts);
    proc = files.reserve();
    imagesFd = files.reserve();
    namespaces = new NamespacesPlan(images, tree, options, machine.clocks(), facts);
    namespaces.plan(plans, proc);
    TreeMemory spaces = new TreeMemory(images, new MappingRooms(options.rooms(), images));
    memory = new MemoryPlan(spaces, tree, plans, machine, files, proc, imagesFd, second);
    planLauncherRemains();
    memory.plan(second);
    planDirectories();
    files.plan();
    planThreads(facts);
    memory.planAttributes();
    for (TreeRoom room : treeRooms) {
      room.plan(this);
    }
    UndeclaredImages.refuse(images, options.rooms());
    new ProcessTreePlan(tree.tasks(), kinship, plans, stage).plan();
    new StopReports(tree.tasks(), plans, stage.word("all are in their process groups")).plan();
    assemble(second);
  }

  /** As the caller and the images say it together. */
  ConnectionOptions connectionOptions() {
    ConnectionOptions said = options.facts().find(ConnectionOptions.class);
    return (said == null ? ConnectionOptions.NONE : said).with(tree.inventory());
  }

  private List<TaskFiles> users() {
    List<TaskFiles> users = new ArrayList<>();
    Map<Integer, TaskImages> byPid = new LinkedHashMap<>();
    for (TaskImages task : tree.tasks()) {
      byPid.put(task.pid(), task);
      if (!task.isZombie()) {
        TaskImages parent = byPid.get(task.tree().getPpid());
        boolean sharesFs = parent != null && parent.ids().getFsId() == task.ids().getFsId();
        users.add(
            new TaskFiles(
                task.tree().getPpid(),
                task.ids().getFilesId(),
                sharesFs ? null : task.fs(),
                plans.get(task.pid())));
      }
    }
    return users;
  }

  private void planDirectories() {
    for (TaskImages task : tree.tasks()) {
      for (Map.Entry<Integer, core_entry> thread : task.cores().entrySet()) {
        if (thread.getKey() != task.pid() && thread.getValue().getThreadCore().hasFs()) {
          files.planDirectories(
              plans.get(thread.getKey()), thread.getValue().getThreadCore().getFs());
        }
      }
    }
  }

  private void planLauncherRemains() {
    new LauncherRemains(memory.stages(), go)
        .plan(rootPlan(), this::given, List.of(proc, imagesFd), files);
  }

  private FileRestoreOptions fileOptions() {
    return new FileRestoreOptions(
        options.inherited(), machine.descriptorLimit(), options.checksFileMode());
  }

  /** The launcher's descriptors that the caller gave; complete when files are planned. */
  private Set<Integer> given() {
    Set<Integer> given = new HashSet<>(options.inherited().values());
    given.addAll(files.launchers());
    return given;
  }

  private void planThreads(Facts facts) {
    seccomp_entry filters =
        images.optional(ImageType.SECCOMP, ImageStore.ONLY, seccomp_entry.parser());
    facts
        .with(SeccompFilters.of(filters == null ? seccomp_entry.getDefaultInstance() : filters))
        .with(new ProcDescriptor(proc.number()))
        .with(new ImagesDescriptor(imagesFd.number()));
    List<ThreadRoom> rooms = options.rooms().of(ThreadRoom.class);
    for (TaskImages task : tree.tasks()) {
      if (!task.isZombie()) {
        // The first one reserved: all of the plan's own, and no other, are at it or above.
        LauncherRemains.planClose(plans.get(task.pid()), proc);
        planThreads(task, rooms);
      }
    }
  }

  private void planThreads(TaskImages task, List<ThreadRoom> rooms) {
    for (Map.Entry<Integer, core_entry> thread : task.cores().entrySet()) {
      ThreadPlan plan = plans.get(thread.getKey());
      for (ThreadRoom room : rooms) {
        room.plan(thread.getValue(), task.leader(), plan);
      }
      plan.at(Step.MEET, program -> program.trap("all of " + plan.subject() + " is there"));
    }
  }

  /** All that goes into the program of a thread that is no leader knows of no other program. */
  private void assemble(SecondThread second) throws IOException {
    List<FutureTask<Void>> pieces = new ArrayList<>();
    for (ThreadPlan plan : plans.values()) {
      stage.add(plan.program());
      if (!plan.isLeader()) {
        pieces.add(new FutureTask<>(plan::assemble, null));
      }
    }
    pieces.add(new FutureTask<>(this::assembleLeaders, null));
    second.finish(pieces);
  }

  private void assembleLeaders() {
    for (ThreadPlan plan : plans.values()) {
      if (plan.isLeader()) {
        plan.assemble();
      }
    }
    endedTasks.programs().forEach(stage::add);
  }

  /** All programs as text, that of each thread below a line which names the thread. */
  String print() {
    ProgramPrinter printer = new ProgramPrinter();
    StringBuilder text = new StringBuilder();
    for (ThreadPlan plan : plans.values()) {
      text.append(plan.subject()).append('\n').append(printer.print(plan.program()));
    }
    for (Program program : endedTasks.programs()) {
      text.append(program.subject()).append('\n').append(printer.print(program));
    }
    return text.toString();
  }

  /**
   * Looks whether this machine has what the execution needs, and be the tree still there.
   *
   * @throws dev.torpor.error.TorporException names the first thing that is missing
   */
  void verifyNeeds() {
    for (ThreadPlan plan : plans.values()) {
      verify(plan.needs());
    }
  }

  /**
   * Looks whether what only one can have is free; the tree is gone.
   *
   * @throws dev.torpor.error.TorporException names the first thing that is taken
   */
  void verifyFree() {
    for (ThreadPlan plan : plans.values()) {
      verify(plan.taken());
    }
  }

  /**
   * Who has ended and still has the number of a task or thread that cannot be started.
   *
   * @param program its own
   * @return for a message, or null for nobody
   */
  String zombieInTheWay(Program program) {
    for (ThreadPlan plan : plans.values()) {
      for (Need need : plan.taken()) {
        if (plan.program() == program && need instanceof FreePid number) {
          return number.zombie();
        }
      }
    }
    return null;
  }

  private void verify(List<Need> needs) {
    for (Need need : needs) {
      need.verify(machine);
    }
  }

  private ThreadPlan rootPlan() {
    return plans.get(tree.root().pid());
  }

  TreeImages tree() {
    return tree;
  }

  /** The images that it is made of. */
  public ImageStore images() {
    return images;
  }

  FilesPlanner files() {
    return files;
  }

  NamespacesPlan namespaces() {
    return namespaces;
  }

  List<TreeRoom> treeRooms() {
    return treeRooms;
  }

  /** How many pages are read back. */
  long pageCount() {
    return memory.pageCount();
  }

  /** Build ids to be compared while all tasks wait at their first trap. */
  List<BuildIdCheck> buildIdChecks() {
    return files.buildIdChecks();
  }

  /** Descriptors for the caller. */
  List<Handover> handovers() {
    return files.handovers();
  }

  /** The ids of all threads, zombies too. */
  public Set<Integer> tids() {
    return Collections.unmodifiableSet(plans.keySet());
  }

  /** What a thread does, by its id in the images; null if there is no such thread. */
  public ThreadPlan plan(int tid) {
    return plans.get(tid);
  }

  Stage stage() {
    return stage;
  }

  long stageBase() {
    return memory.stages().base();
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
    for (TaskImages task : tree.tasks()) {
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
    for (TaskImages task : tree.tasks()) {
      if (task.isZombie()) {
        zombies.add(plans.get(task.pid()).program());
      }
    }
    zombies.addAll(endedTasks.programs());
    return zombies;
  }
}
