// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.arch.Gadgets;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.DeletedFiles;
import dev.torpor.file.FileTable;
import dev.torpor.file.LostWithFiles;
import dev.torpor.file.MemfdInodes;
import dev.torpor.file.SharedObjects;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.linux.Kcmp;
import dev.torpor.memory.PageDump;
import dev.torpor.memory.SysvSegments;
import dev.torpor.task.ExitSignal;
import dev.torpor.task.SeccompFilters;
import dev.torpor.task.Task;
import dev.torpor.task.TaskEnd;
import dev.torpor.task.TaskTree;
import dev.torpor.task.ThreadDirectories;
import dev.torpor.task.ThreadEntry;
import dev.torpor.task.ThreadState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;

/**
 * Captures a tree into image entries, without a single write. Over a running tree this is the
 * rehearsal: it refuses what cannot be carried, puts no questions, and loads all classes that the
 * frozen tree would otherwise wait for.
 */
final class TreeCapture {
  private static final int DEAD = 2;

  /**
   * 1 is Torpor's own in inventory.img: a task with it would count as sharing with its restorer.
   */
  private static final int FIRST_TASK_ID = 2;

  private final FileTable files;
  private final NamespaceIds ids;
  private final NamespaceCapture namespaces;
  private final Gadgets gadgets;
  private final ThreadCapture threads;
  private final PageDump pages;
  private final SharedObjects addressSpaceIds = new SharedObjects(Kcmp.KCMP_VM, FIRST_TASK_ID);
  private final SharedObjects fsIds = new SharedObjects(Kcmp.KCMP_FS, FIRST_TASK_ID);
  private final SharedObjects signalIds = new SharedObjects(Kcmp.KCMP_SIGHAND, FIRST_TASK_ID);
  private final List<CapturedTask> tasks = new ArrayList<>();

  /** Threads with a cwd of their own, by the id that it would have as a task's. */
  private final Map<Integer, String> ownDirectories = new LinkedHashMap<>();

  private CgroupCapturer.Captured cgroups;

  /**
   * Nothing is captured yet.
   *
   * @param gadgets may be shared with the rehearsal, which then has found them already
   * @param pages gets the memory of tasks; null for a rehearsal
   */
  TreeCapture(
      FileTable files,
      NamespaceIds ids,
      NamespaceCapture namespaces,
      Gadgets gadgets,
      ThreadCapture threads,
      PageDump pages) {
    this.files = files;
    this.ids = ids;
    this.namespaces = namespaces;
    this.gadgets = gadgets;
    this.threads = threads;
    this.pages = pages;
  }

  /** Captures all tasks. */
  void capture(TaskTree tree) throws IOException {
    threads.tell(new ThreadDirectories(this::directories));
    threads.expect(tree);
    if (pages != null && hasForked(tree)) {
      pages.mayBeShared();
    }
    for (Task task : tree.tasks()) {
      CapturedTask captured = new CapturedTask(task);
      tasks.add(captured);
      if (task.isZombie()) {
        captureZombie(captured);
      } else if (pages != null) {
        captureAlive(captured);
      } else {
        RunningTasks.look(threads.proc(), task.pid(), task.pid(), () -> captureAlive(captured));
      }
    }
    files.finish();
    checkDirectories();
  }

  /** Of a thread that does not share them with its task. */
  private synchronized fs_entry directories(ThreadState thread) {
    if (pages != null && ownDirectories.put(fsIds.idOf(thread.tid()), thread.subject()) != null) {
      throw sharesDirectories(thread.subject());
    }
    return files.fs(thread.pid(), "task/" + thread.tid() + "/", thread.status().octal("Umask"));
  }

  /** A restore has threads born by their leader, so with its cwd, or with one of their own. */
  private void checkDirectories() {
    for (CapturedTask task : tasks) {
      String thread = task.ids() == null ? null : ownDirectories.get(task.ids().getFsId());
      if (thread != null) {
        throw sharesDirectories(thread);
      }
    }
  }

  private static UnsupportedException sharesDirectories(String thread) {
    return new UnsupportedException(
        thread,
        "it shares cwd, root and umask with others, but not with its task, which is not carried;"
            + " let it end before the dump");
  }

  private static boolean hasForked(TaskTree tree) {
    for (Task task : tree.tasks()) {
      if (task.stat().isForked()) {
        return true;
      }
    }
    return false;
  }

  /** The entries of all threads, to be made of what was captured: that can wait. */
  List<FutureTask<CapturedThread.Core>> cores() {
    List<FutureTask<CapturedThread.Core>> cores = new ArrayList<>();
    for (CapturedTask task : tasks) {
      for (CapturedThread thread : task.threads()) {
        cores.add(thread.core());
      }
    }
    return cores;
  }

  /** The memory that tasks share, which only the tree as a whole has. */
  List<MemfdInodes.Content> sharedMemory() {
    return files.state(MemfdInodes.class, MemfdInodes::new).contents();
  }

  /** Attached segments of System V shared memory. */
  SysvSegments segments() {
    return files.state(SysvSegments.class, SysvSegments::new);
  }

  /** What is lost with open files, and with threads. */
  List<String> warnings() {
    List<String> warnings =
        new ArrayList<>(files.state(LostWithFiles.class, LostWithFiles::new).warnings());
    warnings.addAll(threads.warnings());
    return warnings;
  }

  /** Files without a name, which no task has alone. */
  DeletedFiles deletedFiles() {
    return files.state(DeletedFiles.class, DeletedFiles::new);
  }

  List<CapturedTask> tasks() {
    return tasks;
  }

  /** Without tasks that ended while they were looked at. */
  Kinship kinship() {
    List<Kinship.Member> members = new ArrayList<>();
    for (CapturedTask captured : tasks) {
      Task task = captured.task();
      if (task.isZombie() || captured.ids() != null) {
        members.add(
            new Kinship.Member(
                task.subject(),
                task.imagePid(),
                task.parent() == null ? 0 : task.parent().imagePid(),
                task.imagePgid(),
                task.imageSid(),
                captured.ids()));
      }
    }
    return new Kinship(members);
  }

  /** Threads by task, without zombies. */
  Map<Integer, List<Integer>> threads() {
    Map<Integer, List<Integer>> threads = new LinkedHashMap<>();
    for (CapturedTask task : tasks) {
      if (!task.task().isZombie()) {
        threads.put(task.task().pid(), task.task().threads());
      }
    }
    return threads;
  }

  /** Adds what was captured of cgroups. */
  void cgroups(CgroupCapturer.Captured captured) {
    cgroups = captured;
  }

  CgroupCapturer.Captured cgroups() {
    return cgroups;
  }

  SeccompFilters seccomp() {
    return threads.seccomp();
  }

  private void captureZombie(CapturedTask captured) {
    Task task = captured.task();
    ThreadEntry core = new ThreadEntry();
    core.task()
        .setTaskState(DEAD)
        .setExitCode(task.stat().exitCode())
        .setPersonality(0)
        .setFlags((int) task.stat().flags())
        .setBlkSigset(0)
        .setComm(task.stat().comm());
    ExitSignal.note(task.stat(), core.task());
    if (pages != null && TaskEnd.dumpedCore(task.stat().exitCode())) {
      threads.warn(
          task.subject()
              + " has ended and dumped core: its parent will be told of the signal, but not of the"
              + " core (WCOREDUMP)");
    }
    captured
        .threads()
        .add(
            new CapturedThread(
                task.pid(),
                task.imagePid(),
                new FutureTask<>(() -> new CapturedThread.Core(null, core))));
  }

  private void captureAlive(CapturedTask captured) throws IOException {
    Task task = captured.task();
    int pid = task.pid();
    if (task.hasOutlivedLeader()) {
      EndedLeader.check(task, threads.proc());
    }
    ThreadCapture.Looks leader = leaderWithCode(pid);
    Gadgets.Found found = gadgets.find(pid, leader.mappings());
    captured.ids(idsOf(task, files.captureDescriptors(pid, task.imagePid())));
    captured.fs(files.fs(pid, "", task.status().octal("Umask")));
    if (pages == null) {
      threads.rehearse(captured, leader, found, tasks.size() == 1);
    } else {
      int number = pages.number();
      threads.capture(captured, leader, found, () -> dumpPages(captured, number));
    }
  }

  private Void dumpPages(CapturedTask captured, int number) throws IOException {
    Task task = captured.task();
    pages.dump(number, task.pid(), task.imagePid(), captured.mm(), captured.blank());
    return null;
  }

  /**
   * A running task in the middle of execve(2) has an address space without code for a moment. A
   * stopped one has it: threads stop on the way back from the call.
   */
  private ThreadCapture.Looks leaderWithCode(int pid) throws IOException {
    RunningTasks.Patience patience = new RunningTasks.Patience();
    ThreadCapture.Looks leader = threads.looks(pid, pid);
    while (pages == null && !gadgets.suffice(pid, leader.mappings()) && patience.waits()) {
      leader = threads.looks(pid, pid);
    }
    return leader;
  }

  private task_kobj_ids_entry idsOf(Task task, int filesId) {
    int pid = task.pid();
    task_kobj_ids_entry own = ids.ofTask(pid);
    namespaces.check(pid, task.parent() == null ? 0 : task.parent().pid(), own);
    return own.toBuilder()
        .setVmId(addressSpaceIds.idOf(pid))
        .setFilesId(filesId)
        .setFsId(fsIds.idOf(pid))
        .setSighandId(signalIds.idOf(pid))
        .build();
  }
}
