// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.torpor.file.CapturedFiles;
import dev.torpor.file.FileTable;
import dev.torpor.file.SharedObjects;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Gadgets;
import dev.torpor.inject.Program;
import dev.torpor.inject.RemoteCaller;
import dev.torpor.inject.ScratchPages;
import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Kcmp;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.UserRegs;
import dev.torpor.memory.AddressSpaceRoom;
import dev.torpor.memory.Mapping;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.signal.StopSignal;
import dev.torpor.task.Registers;
import dev.torpor.task.RseqCriticalSection;
import dev.torpor.task.SeccompFilters;
import dev.torpor.task.Seizure;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadRooms;
import dev.torpor.task.ThreadState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Captures a tree into image entries, without a single write. Over a running tree this is the
 * rehearsal: it refuses what cannot be carried, puts no questions, and loads all classes that the
 * frozen tree would otherwise wait for.
 */
final class TreeCapture {
  private static final int ALIVE = 1;
  private static final int DEAD = 2;

  /** With pauses that double from 1 ms on: a quarter of a second. */
  private static final int LOOKS_FOR_CODE = 8;

  /**
   * 1 is Torpor's own in inventory.img: a task with it would count as sharing with its restorer.
   */
  private static final int FIRST_TASK_ID = 2;

  private final ProcFs proc;
  private final SeccompFilters seccomp = new SeccompFilters();
  private final List<ThreadRoom> rooms = ThreadRooms.forDump(seccomp);
  private final FileTable files;
  private final NamespaceIds ids;
  private final NamespaceCapture namespaces;
  private final AddressSpaceRoom addressSpaces;
  private final Registers registers;
  private final Gadgets gadgets;
  private final SharedObjects addressSpaceIds = new SharedObjects(Kcmp.KCMP_VM, FIRST_TASK_ID);
  private final SharedObjects fsIds = new SharedObjects(Kcmp.KCMP_FS, FIRST_TASK_ID);
  private final SharedObjects signalIds = new SharedObjects(Kcmp.KCMP_SIGHAND, FIRST_TASK_ID);
  private final List<CapturedTask> tasks = new ArrayList<>();
  private final Seizure seizure;
  private CgroupCapturer.Captured cgroups;

  /**
   * Nothing is captured yet.
   *
   * @param seizure holds the tree; null for a rehearsal
   * @param gadgets may be shared with the rehearsal, which then has found them already
   */
  TreeCapture(
      ProcFs proc,
      FileTable files,
      NamespaceIds ids,
      NamespaceCapture namespaces,
      Gadgets gadgets,
      Registers registers,
      Seizure seizure) {
    this.proc = proc;
    this.files = files;
    this.ids = ids;
    this.namespaces = namespaces;
    this.gadgets = gadgets;
    this.seizure = seizure;
    this.addressSpaces = new AddressSpaceRoom(proc, new FilesOfMappings(files));
    this.registers = registers;
  }

  /** Captures all tasks. */
  void capture(TaskTree tree) {
    for (Task task : tree.tasks()) {
      CapturedTask captured = new CapturedTask(task);
      tasks.add(captured);
      if (task.isZombie()) {
        captureZombie(captured);
      } else if (seizure != null) {
        captureAlive(captured);
      } else {
        rehearse(captured);
      }
    }
    files.finish();
    // Completes the entries of threads, so before any is built.
    seccomp.image();
  }

  List<CapturedTask> tasks() {
    return tasks;
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
    for (CapturedTask task : tasks) {
      int i = 0;
      for (core_entry.Builder core : task.cores().values()) {
        Integer set = captured.setIds().get(task.task().threads().get(i++));
        if (set != null) {
          core.getThreadCoreBuilder().setCgSet(set);
        }
      }
    }
  }

  CgroupCapturer.Captured cgroups() {
    return cgroups;
  }

  SeccompFilters seccomp() {
    return seccomp;
  }

  CapturedFiles files() {
    return files.captured();
  }

  /** A running task may end at any moment: then there is nothing to refuse. */
  private void rehearse(CapturedTask captured) {
    try {
      captureAlive(captured);
    } catch (ProcException e) {
      if (!e.gone()) {
        throw e;
      }
    } catch (ErrnoException e) {
      if (!e.is(Errno.ESRCH) && !e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  private void captureZombie(CapturedTask captured) {
    Task task = captured.task();
    core_entry.Builder core = core_entry.newBuilder().setMtype(core_entry.march.X86_64);
    core.setTc(
        task_core_entry
            .newBuilder()
            .setTaskState(DEAD)
            .setExitCode(task.stat().exitCode())
            .setPersonality(0)
            .setFlags((int) task.stat().flags())
            .setBlkSigset(0)
            .setComm(task.stat().comm()));
    captured.cores().put(task.imagePid(), core);
  }

  private void captureAlive(CapturedTask captured) {
    Task task = captured.task();
    int pid = task.pid();
    List<Mapping> mappings = mappingsWithCode(pid);
    Gadgets.Found found = gadgets.find(pid, mappings);
    captured.ids(idsOf(pid, files.captureDescriptors(pid)));
    captured.fs(files.fs(pid, task.status().octal("Umask")));
    ScratchPages scratch = ScratchPages.find(pid, mappings, stackPointers(task));
    captured.scratch(scratch);
    for (int tid : task.threads()) {
      captureThread(captured, tid, mappings, found, scratch);
    }
  }

  /**
   * A running task in the middle of execve(2) has an address space without code for a moment. A
   * stopped one has it: threads stop on the way back from the call.
   */
  private List<Mapping> mappingsWithCode(int pid) {
    List<Mapping> mappings = AddressSpaceRoom.mappings(proc, pid);
    long pauseNanos = 1_000_000;
    for (int looks = 0; looks < looksForCode() && !gadgets.suffice(pid, mappings); looks++) {
      LockSupport.parkNanos(pauseNanos);
      pauseNanos *= 2;
      mappings = AddressSpaceRoom.mappings(proc, pid);
    }
    return mappings;
  }

  private int looksForCode() {
    return seizure == null ? LOOKS_FOR_CODE : 0;
  }

  private long[] stackPointers(Task task) {
    if (seizure == null) {
      return new long[0];
    }
    long[] pointers = new long[task.threads().size()];
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF)) {
      for (int i = 0; i < pointers.length; i++) {
        Ptrace.getRegset(task.threads().get(i), Elf.NT_PRSTATUS, regs);
        pointers[i] = regs.getLong(UserRegs.rsp);
      }
    }
    return pointers;
  }

  private void captureThread(
      CapturedTask captured,
      int tid,
      List<Mapping> mappings,
      Gadgets.Found found,
      ScratchPages scratch) {
    Task task = captured.task();
    int pid = task.pid();
    ThreadState thread =
        new ThreadState(
            pid, tid, proc, proc.stat(pid, tid), proc.status(pid, tid), seizure != null);
    Program questions = new Program(thread.subject());
    List<ThreadRoom.Capture> captures = new ArrayList<>(rooms.size());
    for (ThreadRoom room : rooms) {
      captures.add(room.ask(thread, questions));
    }
    AddressSpaceRoom.Capture space =
        thread.isLeader() ? addressSpaces.capture(pid, thread.stat(), mappings, questions) : null;
    if (seizure == null) {
      if (thread.isLeader() && tasks.size() == 1) {
        RemoteCaller.rehearse(found, questions);
        rehearseAnswers(thread.subject(), captures, space);
      }
      return;
    }
    if (thread.status().number("Seccomp") != 0) {
      // Its filters are not made for our calls.
      Ptrace.setOptions(tid, Ptrace.PTRACE_O_TRACESYSGOOD | Ptrace.PTRACE_O_SUSPEND_SECCOMP);
    }
    core_entry.Builder core = core_entry.newBuilder();
    RseqCriticalSection critical = RseqCriticalSection.read(pid, tid);
    try (RemoteCaller caller = new RemoteCaller(pid, tid, found, scratch, thread.status())) {
      Answers answers = caller.run(questions);
      NativeMemory regs = caller.restartedRegisters();
      regs.putLong(UserRegs.rip, critical.resumeIp(regs.getLong(UserRegs.rip)));
      registers.capture(thread.subject(), regs, caller.xstate(), core);
      for (ThreadRoom.Capture capture : captures) {
        capture.into(core, answers);
      }
      if (space != null) {
        captured.mm(space.entry(answers));
        int state = core.getTcBuilder().hasStopSigno() ? StopSignal.TASK_STOPPED : ALIVE;
        core.getTcBuilder().setTaskState(state).setExitCode(0);
      }
      if (caller.stopSignal() != 0) {
        seizure.deliverLater(tid, caller.stopSignal());
      }
    }
    critical.putBack();
    captured.cores().put(imageTid(thread), core);
  }

  /** What is done with answers, over zeros and into nothing, so that it has run once. */
  private void rehearseAnswers(
      String subject, List<ThreadRoom.Capture> captures, AddressSpaceRoom.Capture space) {
    core_entry.Builder core = core_entry.newBuilder();
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF).zero();
        NativeMemory xstate = NativeMemory.allocate(RemoteCaller.XSTATE_MAX_BYTES).zero()) {
      regs.putLong(UserRegs.cs, Registers.USER_CS);
      registers.capture(subject, regs, xstate, core);
    }
    for (ThreadRoom.Capture capture : captures) {
      capture.into(core, Answers.ZEROS);
    }
    encode(space.entry(Answers.ZEROS));
    encode(core.buildPartial());
  }

  private static void encode(Message message) {
    try {
      message.writeTo(CodedOutputStream.newInstance(new byte[message.getSerializedSize()]));
    } catch (IOException e) {
      throw new IllegalStateException("the array has the size of the message", e);
    }
  }

  private static int imageTid(ThreadState thread) {
    int[] tids = thread.status().numbers("NSpid");
    return tids[tids.length - 1];
  }

  private task_kobj_ids_entry idsOf(int pid, int filesId) {
    task_kobj_ids_entry own = ids.ofTask(pid);
    namespaces.check(pid, own);
    return own.toBuilder()
        .setVmId(addressSpaceIds.idOf(pid))
        .setFilesId(filesId)
        .setFsId(fsIds.idOf(pid))
        .setSighandId(signalIds.idOf(pid))
        .build();
  }
}
