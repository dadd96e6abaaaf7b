// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.arch.Registers;
import dev.torpor.arch.XstateLayout;
import dev.torpor.concurrent.SecondThread;
import dev.torpor.error.IoReason;
import dev.torpor.error.RestoreException;
import dev.torpor.file.BuildIdCheck;
import dev.torpor.file.Handover;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.inject.RemoteCaller;
import dev.torpor.inject.RunningStage;
import dev.torpor.inject.Stage;
import dev.torpor.inject.TrappedTask;
import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UserRegs;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import dev.torpor.signal.PendingSignals;
import dev.torpor.signal.StopSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One restore: read, plan, execute, resume. */
final class Restore {
  private final RestoreOptions options;
  private final RestoreModules modules;
  private final Rooms rooms;
  private final Launcher launcher;
  private final Pidfile pidfile;
  private final Log log;
  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final Stopwatch forking = new Stopwatch();
  private final Stopwatch restoring = new Stopwatch();
  private final Registers registers = new Registers(XstateLayout.ofThisProcessor());

  Restore(RestoreOptions options, RestoreModules modules, Rooms rooms, Launcher launcher) {
    this.options = options;
    this.modules = modules;
    this.rooms = rooms;
    this.launcher = launcher;
    this.log = options.log();
    this.pidfile = new Pidfile(options.pidfile());
  }

  RestoreResult run() {
    try {
      restoring.start();
      RestorePlan plan = plan();
      plan.verifyNeeds();
      plan.verifyFree();
      checkRegisters(plan);
      notify(Notifier.Action.PRE_RESTORE, 0);
      try (Guardian guardian = launcher.guard()) {
        int pid = execute(plan, guardian);
        launcher.succeeded(guardian);
        restoring.stop();
        return new RestoreResult(pid, forking.micros(), restoring.micros(), plan.pageCount());
      }
    } catch (IOException e) {
      throw new RestoreException("cannot read the images: " + IoReason.of(e), e);
    }
  }

  private RestorePlan plan() throws IOException {
    DirectoryImages images = DirectoryImages.of(options.images());
    try (SecondThread second = new SecondThread()) {
      images.checkManifest();
      Machine machine = Machine.of(proc, launcher.pid());
      return RestorePlan.of(images, PlanOptions.of(options, modules, rooms), machine, second);
    }
  }

  String printedPlan() {
    try {
      return plan().print();
    } catch (IOException e) {
      throw new RestoreException("cannot read the images: " + IoReason.of(e), e);
    }
  }

  private int execute(RestorePlan plan, Guardian guardian) throws IOException {
    try (RunningStage stage = new RunningStage(plan.stage(), plan.stageBase())) {
      CgroupPlacement cgroups =
          new CgroupPlacement(plan, modules.cgroups(guardian::willMake, log::warn));
      Execution execution = new Execution(stage, plan.zombies(), plan::zombieInTheWay);
      try {
        cgroups.prepare();
        int pid = spawn(plan, stage, execution);
        build(plan, stage, execution, cgroups, guardian);
        resume(plan, stage, execution, cgroups, guardian);
        options.notifier().notify(Notifier.Action.POST_RESUME, pid);
        log.info("Restore finished successfully. Tasks resumed.");
        return pid;
      } catch (ErrnoException e) {
        RuntimeException reason = execution.reason(e);
        takeBack(reason, plan, execution, cgroups, guardian);
        throw reason;
      } catch (RuntimeException | IOException e) {
        takeBack(e, plan, execution, cgroups, guardian);
        throw e;
      }
    }
  }

  /**
   * Nothing is left of the restore then. If even this fails the guardian does it, which was not
   * told that all is done, when the launcher ends.
   */
  private void takeBack(
      Exception failure,
      RestorePlan plan,
      Execution execution,
      CgroupPlacement cgroups,
      Guardian guardian) {
    try {
      cgroups.thaw();
      execution.killAll();
      for (TreeRoom room : plan.treeRooms()) {
        room.giveUp();
      }
      if (execution.hasLetGo()) {
        // Their pids may be others' by now; the guardian has their pidfds.
        guardian.takeBack();
      }
      pidfile.undo();
      cgroups.undo();
      if (!execution.hasLetGo()) {
        guardian.done();
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      log.warn("what the restore had made could not be taken back: " + e.getMessage());
    }
  }

  /** Lets the programs run until all threads stand at their last trap. */
  private void build(
      RestorePlan plan,
      RunningStage stage,
      Execution execution,
      CgroupPlacement cgroups,
      Guardian guardian)
      throws IOException {
    int pid = execution.tid(rootProgram(plan));
    stage.set(plan.go(), 1);
    List<Program> living = plan.living();
    execution.runToTraps(
        living.size(), trap -> atTrap(trap, plan, cgroups, new TrappedTask(pid, stage)));
    forking.stop();
    if (options.checksBuildIds()) {
      checkBuildIds(plan, execution);
    }
    cgroups.moveOthers(execution);
    handOver(plan, execution);
    notify(Notifier.Action.POST_RESTORE, pid);
    // When CRIU writes it: the scripts agreed, and a failure still takes all back.
    pidfile.write(pid, guardian);
    for (TreeRoom room : plan.treeRooms()) {
      room.returned(whole(plan, pid));
    }
    execution.resume(living);
    execution.runToTraps(living.size(), trap -> false);
    warnOfWhatFailed(living, stage);
  }

  private WholeTree whole(RestorePlan plan, int pid) {
    return new WholeTree(
        pid, plan.tree().hasOwnNetwork(), options.notifier(), launcher, options.facts());
  }

  private void warnOfWhatFailed(List<Program> programs, RunningStage stage) {
    for (Program program : programs) {
      for (Op op : program.ops()) {
        if (op.warns() && Syscall.failed(stage.result(program, op))) {
          log.warn(op.purpose() + ": " + Errno.describe((int) -stage.result(program, op)));
        }
      }
    }
  }

  /** What the caller must take: without a taker a terminal would hang up. */
  private void handOver(RestorePlan plan, Execution execution) {
    for (Handover handover : plan.handovers()) {
      int pid = execution.tid(plan.plan(handover.pid()).program());
      int pidfd = Pidfd.pidfdOpen(pid, 0);
      int fd = -1;
      try {
        fd = Pidfd.pidfdGetfd(pidfd, handover.fd().number());
        if (!options.notifier().give(Notifier.Action.ofScript(handover.stage()), fd)) {
          throw new RestoreException(handover.refusal());
        }
      } finally {
        Unistd.close(pidfd);
        if (fd >= 0) {
          Unistd.close(fd);
        }
      }
    }
  }

  /** All files are open, those to be mapped too. */
  private static void checkBuildIds(RestorePlan plan, Execution execution) {
    for (BuildIdCheck check : plan.buildIdChecks()) {
      if (!check.holds(execution.tid(plan.plan(check.pid()).program()))) {
        throw new RestoreException(
            check.purpose()
                + ": the file has another build id than at the dump; give it back as it was, or"
                + " compare no more than sizes with --file-validation filesize");
      }
    }
  }

  private boolean atTrap(Op trap, RestorePlan plan, CgroupPlacement cgroups, TrappedTask task) {
    int pid = task.pid();
    if (trap == plan.namespaces().namespaces().cgroupTrap()) {
      cgroups.enterNamespaceRoot(pid);
      return true;
    }
    if (trap == plan.namespaces().trap()) {
      cgroups.moveRoot(pid);
      if (plan.tree().hasOwnNamespaces()) {
        notify(Notifier.Action.SETUP_NAMESPACES, pid);
        notify(Notifier.Action.POST_SETUP_NAMESPACES, pid);
      }
      for (TreeRoom room : plan.treeRooms()) {
        room.begin(whole(plan, pid));
      }
      return true;
    }
    try {
      return plan.namespaces().namespaces().atTrap(trap, task);
    } catch (IOException e) {
      throw new RestoreException(trap.purpose() + ": " + IoReason.of(e), e);
    }
  }

  private void notify(Notifier.Action action, int pid) {
    if (options.notifier().notify(action, pid) != 0) {
      throw new RestoreException("the " + action.scriptName() + " script failed");
    }
  }

  private void checkRegisters(RestorePlan plan) {
    for (TaskImages task : plan.tree().tasks()) {
      if (!task.isZombie()) {
        for (Map.Entry<Integer, core_entry> thread : task.goingOn().entrySet()) {
          registers.check(plan.plan(thread.getKey()).subject(), thread.getValue().getThreadInfo());
        }
      }
    }
  }

  /** Starts the root task and takes hold of it; then it may enter the stage. */
  private int spawn(RestorePlan plan, RunningStage stage, Execution execution) {
    forking.start();
    Stage layout = stage.layout();
    Program root = plan.plan(plan.tree().root().pid()).program();
    int procFd = Fcntl.open("/proc", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
    int imagesFd =
        Fcntl.open(
            options.images().path().toString(),
            Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC,
            0);
    int stageNumber = Math.max(plan.proc().number(), plan.imagesFd().number()) + 1;
    int[] lifeline = Unistd.pipe2(Fcntl.O_CLOEXEC);
    try {
      int pid =
          launcher.spawn(
              new Launcher.Stub(
                  (options.sibling() ? Sched.CLONE_PARENT : 0)
                      | plan.namespaces().namespaces().cloneFlags(),
                  plan.namespaces().pidNamespace(),
                  stage.base(),
                  layout.codeBytes(),
                  layout.totalBytes(),
                  stage.base() + layout.programOffset(root),
                  stage.base() + layout.stackTopOffset(root)),
              new int[] {plan.tree().root().pid()},
              new int[] {stage.fd(), procFd, imagesFd, lifeline[0]},
              new int[] {
                stageNumber, plan.proc().number(), plan.imagesFd().number(), stageNumber + 1
              });
      if (pid < 0) {
        throw cannotStart(plan, -pid);
      }
      execution.begin(pid, root);
      try (NativeMemory any = NativeMemory.allocate(1)) {
        Unistd.write(lifeline[1], any.address(), 1);
      }
      return pid;
    } finally {
      Unistd.close(lifeline[0]);
      Unistd.close(lifeline[1]);
      Unistd.close(procFd);
      Unistd.close(imagesFd);
    }
  }

  private static RestoreException cannotStart(RestorePlan plan, int errno) {
    String zombie = plan.zombieInTheWay(plan.plan(plan.tree().root().pid()).program());
    String reason = Errno.describe(errno) + Execution.wayToStart(errno, zombie);
    if (errno == Errno.ENOMEM.number()
        && plan.namespaces().pidNamespace() != Launcher.OWN_PID_NAMESPACE) {
      // alloc_pid in kernel/pid.c: no more pids once the init has ended.
      reason += "; the init of the pid namespace that was given has ended: give a living one";
    }
    return new RestoreException(
        "cannot start task " + plan.tree().root().pid() + ": " + reason, errno, null);
  }

  /** All threads stand at their last trap: they get their registers, and go. */
  private void resume(
      RestorePlan plan,
      RunningStage stage,
      Execution execution,
      CgroupPlacement cgroups,
      Guardian guardian) {
    cgroups.limit();
    for (TaskImages task : plan.tree().tasks()) {
      if (!task.isZombie()) {
        restoreRegisters(task, plan, stage, execution);
      }
    }
    options.notifier().notify(Notifier.Action.PRE_RESUME, execution.tid(rootProgram(plan)));
    for (TaskImages task : plan.tree().tasks()) {
      if (!task.isZombie()) {
        int pid = execution.tid(plan.plan(task.pid()).program());
        guardian.willRelease(pid);
        int signal = stopSignal(task);
        if (signal != 0 && !StopReports.isStopped(task)) {
          // It was stopped, or is to be: waits for it behind the stop it is in.
          Signal.kill(pid, signal);
        }
      }
    }
    guardian.confirm();
    // From here on it is the guardian who ends them if we are killed.
    execution.release();
    launcher.keepStub(options.attached());
    cgroups.freeze();
    for (Program program : plan.living()) {
      execution.detach(program);
    }
  }

  /**
   * What stopped a task itself comes before a stop that waits for it, and that the caller asks for.
   */
  private int stopSignal(TaskImages task) {
    int signal = StopSignal.of(task.leader());
    if (signal != 0) {
      return signal;
    }
    boolean stops = options.leaveStopped();
    for (core_entry core : task.cores().values()) {
      stops |= PendingSignals.hasStop(core);
    }
    return stops ? Signal.SIGSTOP : 0;
  }

  private static Program rootProgram(RestorePlan plan) {
    return plan.plan(plan.tree().root().pid()).program();
  }

  /**
   * The leader unmaps the stage, when nobody makes a call there any more. One that is to end stands
   * where exit(2) begins from then on, and ends when it is let go.
   */
  private void restoreRegisters(
      TaskImages task, RestorePlan plan, RunningStage stage, Execution execution) {
    Map<Integer, Long> results = new HashMap<>();
    for (int tid : task.cores().keySet()) {
      ThreadPlan.WaitsIn waits = plan.plan(tid).waitsIn();
      if (waits != null) {
        int seen = execution.tid(plan.plan(tid).program());
        results.put(tid, waits.call().begin(new TrappedTask(seen, stage)));
      }
    }
    Map<Integer, core_entry> threads = task.goingOn();
    if (task.hasOutlivedLeader()) {
      int leader = execution.tid(plan.plan(task.pid()).program());
      new TrappedTask(leader, stage).enter(Nr.SYS_exit, EndedLeader.exitCode(task.leader()));
    }
    int first = threads.keySet().iterator().next();
    unmapStage(execution.tid(plan.plan(first).program()), stage);
    for (Map.Entry<Integer, core_entry> thread : threads.entrySet()) {
      ThreadPlan of = plan.plan(thread.getKey());
      setState(execution.tid(of.program()), thread.getValue(), of, results.get(thread.getKey()));
    }
  }

  private void setState(int tid, core_entry core, ThreadPlan plan, Long result) {
    try (NativeMemory regs = NativeMemory.allocate(UserRegs.SIZEOF);
        NativeMemory xstate = NativeMemory.allocate(RemoteCaller.XSTATE_MAX_BYTES)) {
      Registers.putGeneral(core.getThreadInfo().getGpregs(), regs);
      if (result != null) {
        Registers.putCall(plan.waitsIn().nr(), result, regs);
      }
      int length = Ptrace.getRegset(tid, Elf.NT_X86_XSTATE, xstate);
      registers.putFloating(core.getThreadInfo().getFpregs(), xstate);
      Ptrace.setRegset(tid, Elf.NT_X86_XSTATE, xstate, length);
      Ptrace.setRegset(tid, Elf.NT_PRSTATUS, regs, UserRegs.SIZEOF);
      Ptrace.setSigmask(
          tid, core.hasTc() ? core.getTc().getBlkSigset() : core.getThreadCore().getBlkSigset());
    }
  }

  /**
   * Stops behind the call, where the instruction that made it is gone: registers follow at once.
   */
  private static void unmapStage(int tid, RunningStage stage) {
    TrappedTask task = new TrappedTask(tid, stage);
    long result = task.callLast(Nr.SYS_munmap, stage.base(), stage.layout().totalBytes());
    if (result != 0) {
      throw new RestoreException("task " + tid + " could not unmap the stage: " + result);
    }
  }
}
