// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.creds_entry;
import dev.torpor.image.proto.itimer_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.posix_timer_entry;
import dev.torpor.image.proto.rlimit_entry;
import dev.torpor.image.proto.rseq_entry;
import dev.torpor.image.proto.sa_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.seccomp_filter;
import dev.torpor.image.proto.seccomp_mode;
import dev.torpor.image.proto.siginfo_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.task_timers_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.thread_sas_entry;
import dev.torpor.inject.ProgramText;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.signal.AlternateStack;
import dev.torpor.signal.ParentDeathSignal;
import dev.torpor.signal.PendingSignals;
import dev.torpor.signal.SignalActions;
import dev.torpor.signal.SignalMask;
import dev.torpor.signal.StopSignal;
import dev.torpor.timer.IntervalTimers;
import dev.torpor.timer.PosixTimers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the rooms put into programs, from image entries alone. */
class ThreadRoomsPlanTest {
  private static final int PID = 42;
  private static final int TID = 43;
  private static final int PROC_FD = 1000;
  private static final int LAST_CAPABILITY = 40;

  private final core_entry.Builder leader = core_entry.newBuilder();
  private final core_entry.Builder thread = core_entry.newBuilder();

  private task_core_entry.Builder task() {
    return leader.getTcBuilder();
  }

  private thread_core_entry.Builder own() {
    return leader.getThreadCoreBuilder();
  }

  private final Facts facts =
      new Facts()
          .with(new ProcDescriptor(PROC_FD))
          .with(
              new Machine(
                  List.of(), new byte[0], 1024, 500, LAST_CAPABILITY, 32768, 65530, 16384, null));

  private List<String> planned(ThreadRoom room) {
    ThreadPlan plan = new ThreadPlan(PID, PID, facts);
    core_entry core = leader.buildPartial();
    room.plan(core, core, plan);
    return ProgramText.lines(plan.assemble());
  }

  private List<String> plannedThread(ThreadRoom room) {
    ThreadPlan plan = new ThreadPlan(PID, TID, facts);
    room.plan(thread.buildPartial(), leader.buildPartial(), plan);
    return ProgramText.lines(plan.assemble());
  }

  private void defaultActions() {
    for (int i = 0; i < 62; i++) {
      task()
          .addSigactions(
              sa_entry.newBuilder().setSigaction(0).setFlags(0).setRestorer(0).setMask(0));
    }
  }

  @Test
  void signalActions() {
    defaultActions();
    sa_entry handler =
        sa_entry.newBuilder().setSigaction(0x1234).setFlags(4).setRestorer(5).setMask(6).build();
    task().setSigactions(8, handler).setSigactions(15, handler);
    String zero = "0".repeat(64);
    String set = "3412000000000000040000000000000005000000000000000600000000000000";

    List<String> lines = planned(new SignalActions());

    assertThat(lines)
        .hasSize(1 + 61 + 2)
        .contains(
            "restoring signal action of SIGHUP in task 42: rt_sigaction(1, [" + zero + "], 0, 8)",
            "restoring signal action of SIGUSR1 in task 42: rt_sigaction(10, [" + set + "], 0, 8)",
            "restoring signal action of signal 64 in task 42: rt_sigaction(64, ["
                + zero
                + "], 0, 8)");
    assertThat(lines.get(0))
        .isEqualTo("resetting SIGCHLD of task 42: rt_sigaction(17, [" + zero + "], 0, 8)");
    assertThat(lines.subList(62, 64))
        .containsExactly(
            "dropping SIGCHLD of the restore in task 42: rt_sigaction(17, [" + zero + "], 0, 8)",
            "restoring signal action of SIGCHLD in task 42: rt_sigaction(17, [" + set + "], 0, 8)");
    assertThat(plannedThread(new SignalActions())).isEmpty();
  }

  @Test
  void refusesSignalActionsOfOtherFormats() {
    assertThatThrownBy(() -> planned(new SignalActions()))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageStartingWith("task 42: its image has 0 signal actions instead of 62");
    defaultActions();
    task().getSigactionsBuilder(3).setCompatSigaction(true);
    assertThatThrownBy(() -> planned(new SignalActions())).hasMessageContaining("32-bit");
  }

  @Test
  void maskAndStopSignalAreForOthersToReturn() {
    task().setBlkSigset(0x200).setTaskState(1);
    assertThat(planned(new SignalMask())).isEmpty();
    assertThat(SignalMask.of(leader.buildPartial())).isEqualTo(0x200);
    thread.getThreadCoreBuilder().setBlkSigset(0x400);
    assertThat(SignalMask.of(thread.buildPartial())).isEqualTo(0x400);
    assertThat(planned(new StopSignal())).isEmpty();
    assertThat(StopSignal.of(leader.buildPartial())).isZero();
    task().setTaskState(3);
    assertThat(StopSignal.of(leader.buildPartial())).isEqualTo(19);
    task().setStopSigno(20);
    assertThat(StopSignal.of(leader.buildPartial())).isEqualTo(20);
  }

  @Test
  void alternateStack() {
    own().setSas(thread_sas_entry.newBuilder().setSsSp(0x1000).setSsSize(0x800).setSsFlags(1));
    assertThat(planned(new AlternateStack()))
        .containsExactly(
            "restoring alternate stack of task 42:"
                + " sigaltstack([001000000000000000000000000000000008000000000000], 0)");
  }

  @Test
  void pendingSignals() {
    byte[] siginfo = new byte[128];
    siginfo[0] = 12;
    ByteString bytes = ByteString.copyFrom(siginfo);
    task().getSignalsSBuilder().addSignals(siginfo_entry.newBuilder().setSiginfo(bytes));
    thread
        .getThreadCoreBuilder()
        .getSignalsPBuilder()
        .addSignals(siginfo_entry.newBuilder().setSiginfo(bytes));
    String data = "[0c" + "00".repeat(127) + "]";
    assertThat(planned(new PendingSignals()))
        .containsExactly(
            "restoring pending SIGUSR2 of all threads of task 42: rt_sigqueueinfo(42, 12, "
                + data
                + ")");
    assertThat(plannedThread(new PendingSignals()))
        .containsExactly(
            "restoring pending SIGUSR2 of thread 43 of task 42:"
                + " rt_tgsigqueueinfo(42, 43, 12, "
                + data
                + ")");
  }

  @Test
  void refusesSiginfoOfAnotherSize() {
    task()
        .getSignalsSBuilder()
        .addSignals(siginfo_entry.newBuilder().setSiginfo(ByteString.copyFrom(new byte[64])));
    assertThatThrownBy(() -> planned(new PendingSignals()))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("64 bytes instead of 128");
  }

  @Test
  void intervalTimers() {
    itimer_entry off =
        itimer_entry.newBuilder().setIsec(0).setIusec(0).setVsec(0).setVusec(0).build();
    itimer_entry real =
        itimer_entry.newBuilder().setIsec(1).setIusec(2).setVsec(3).setVusec(4).build();
    task().setTimers(task_timers_entry.newBuilder().setReal(real).setVirt(off).setProf(off));
    assertThat(planned(new IntervalTimers()))
        .containsExactly(
            "arming real interval timer of task 42: setitimer(0,"
                + " [0100000000000000020000000000000003000000000000000400000000000000], 0)");
    task().getTimersBuilder().getRealBuilder().setVusec(1_000_000);
    assertThatThrownBy(() -> planned(new IntervalTimers())).hasMessageContaining("damaged");
    task().clearTimers();
    assertThatThrownBy(() -> planned(new IntervalTimers())).hasMessageContaining("no timers");
  }

  private static posix_timer_entry.Builder posixTimer(int id) {
    return posix_timer_entry
        .newBuilder()
        .setItId(id)
        .setClockId(1)
        .setSiSigno(35)
        .setItSigevNotify(4)
        .setSivalPtr(7)
        .setOverrun(0)
        .setIsec(0)
        .setInsec(0)
        .setVsec(0)
        .setVnsec(0)
        .setNotifyThreadId(TID);
  }

  @Test
  void posixTimersFillGapsBelow() {
    task().getTimersBuilder().addPosix(posixTimer(2)).addPosix(posixTimer(0).setIsec(9));
    String event = "[07000000000000002300000004000000" + "2b000000" + "00".repeat(44) + "]";
    assertThat(planned(new PosixTimers()))
        .containsExactly(
            "restoring ids of POSIX timers of task 42 (PR_TIMER_CREATE_RESTORE_IDS, since Linux"
                + " 6.15): prctl(77, 1) any",
            "restoring POSIX timer 0 of task 42: timer_create(1, " + event + ", [00000000])",
            "skipping POSIX timer id 1 of task 42: timer_create(1, " + event + ", [01000000])",
            "deleting POSIX timer 1 of task 42: timer_delete(1)",
            "restoring POSIX timer 2 of task 42: timer_create(1, " + event + ", [02000000])",
            "restoring ids of POSIX timers of task 42 (PR_TIMER_CREATE_RESTORE_IDS, since Linux"
                + " 6.15): prctl(77, 0) any",
            "arming POSIX timer 0 of task 42: timer_settime(0, 0,"
                + " [0900000000000000000000000000000009000000000000000000000000000000], 0)");
  }

  @Test
  void posixTimersFarApartNeedAKernelThatTakesIds() {
    task().getTimersBuilder().addPosix(posixTimer(1000));
    List<String> lines = planned(new PosixTimers());
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0)).endsWith("prctl(77, 1)");
    assertThat(lines.get(1)).contains("timer_create(").endsWith("[e8030000])");
  }

  @Test
  void credentialsInTheirOrder() {
    long bounding = (1L << 41) - 1 & ~(1L << 17);
    own()
        .setCreds(
            creds_entry
                .newBuilder()
                .setUid(20)
                .setEuid(21)
                .setSuid(22)
                .setFsuid(23)
                .setGid(10)
                .setEgid(11)
                .setSgid(12)
                .setFsgid(-2)
                .addGroups(5)
                .addGroups(70000)
                .addAllCapInh(List.of(0x2001, 0))
                .addAllCapPrm(List.of(0x2003, 0x100))
                .addAllCapEff(List.of(0x2000, 0xffff))
                .addAllCapBnd(List.of((int) bounding, (int) (bounding >> 32)))
                .addAllCapAmb(List.of(0x2000, 0))
                .setSecbits(0x10)
                .setNoNewPrivs(1));
    assertThat(planned(new Credentials()))
        .containsExactly(
            "keeping capabilities of task 42: prctl(28, 4)",
            "restoring groups of task 42: setgroups(2, [0500000070110100])",
            "restoring group ids of task 42: setresgid(10, 11, 12)",
            "restoring fsgid of task 42: setfsgid(-2) any",
            "restoring fsgid of task 42: setfsgid(-1) = 4294967294",
            "restoring user ids of task 42: setresuid(20, 21, 22)",
            "restoring fsuid of task 42: setfsuid(23) any",
            "restoring fsuid of task 42: setfsuid(-1) = 23",
            "restoring securebits of task 42: prctl(28, 16)",
            "dropping bounding capability 17 of task 42: prctl(24, 17)",
            "restoring capabilities of task 42: capset([2205082000000000],"
                + " [002000000320000001200000ff0100000001000000000000])",
            "clearing ambient capabilities of task 42: prctl(47, 4)",
            "raising ambient capability 13 of task 42: prctl(47, 2, 13)",
            "restoring no_new_privs of task 42: prctl(38, 1)");
  }

  @Test
  void refusesProfilesAndLockedAmbientCapabilities() {
    creds_entry.Builder creds = own().getCredsBuilder().setSecbits(1 << 6).addCapAmb(1);
    assertThatThrownBy(() -> planned(new Credentials()))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("SECBIT_NO_CAP_AMBIENT_RAISE");
    creds.setLsmProfile("docker-default");
    assertThatThrownBy(() -> planned(new Credentials())).hasMessageContaining("docker-default");
    own().clearCreds();
    assertThatThrownBy(() -> planned(new Credentials())).hasMessageContaining("no credentials");
  }

  @Test
  void whatChangesOfIdentityResetComesAfterThem() {
    own().setPdeathSig(15);
    assertThat(planned(new ParentDeathSignal()))
        .containsExactly("restoring parent death signal SIGTERM of task 42: prctl(1, 15)");
    ThreadPlan plan = new ThreadPlan(PID, TID, facts);
    mm_entry mm = mm_entry.newBuilder().setDumpable(2).setThpDisabled(true).buildPartial();
    Dumpable.plan(mm, plan);
    ThpDisabled.plan(mm, plan);
    assertThat(ProgramText.lines(plan.assemble()))
        .containsExactly("restoring dumpable of thread 43 of task 42: prctl(4, 0)");
    ThreadPlan leaderPlan = new ThreadPlan(PID, PID, facts);
    ThpDisabled.plan(mm, leaderPlan);
    assertThat(ProgramText.lines(leaderPlan.assemble()))
        .containsExactly("restoring THP disable of task 42: prctl(41, 1, 0)");
  }

  @Test
  void asManyWaitingSignalsAsCanBe() {
    ThreadPlan plan = new ThreadPlan(PID, PID, facts);
    SignalRecords.add(0, plan);
    assertThat(plan.needs()).isEmpty();
    SignalRecords.add(1_000_000_000, plan);
    SignalRecords.add(1_000_000_000, plan);
    assertThat(plan.needs()).hasSize(1);
  }

  @Test
  void limitsThatCannotBeRaisedAreNoFailure() {
    task()
        .getRlimitsBuilder()
        .addRlimits(rlimit_entry.newBuilder().setCur(5).setMax(-1))
        .addRlimits(rlimit_entry.newBuilder().setCur(-1).setMax(4));
    assertThat(planned(new Limits()))
        .containsExactly(
            "restoring limit \"Max cpu time\" of task 42 to 5, hard unlimited (more than now takes"
                + " CAP_SYS_RESOURCE): prlimit64(0, 0, [0500000000000000ffffffffffffffff], 0) any",
            "restoring limit \"Max file size\" of task 42 to unlimited, hard 4 (more than now takes"
                + " CAP_SYS_RESOURCE): prlimit64(0, 1, [04000000000000000400000000000000], 0) any");
  }

  @Test
  void cpuAffinity() {
    assertThat(planned(new CpuAffinity())).isEmpty();
    own().setCpusAllowed("0-2");
    assertThat(planned(new CpuAffinity()))
        .containsExactly(
            "restoring CPU affinity 0-2 of task 42: sched_setaffinity(0, 8, [0700000000000000])"
                + " any");
    own().setCpusAllowed("all");
    assertThatThrownBy(() -> planned(new CpuAffinity())).hasMessageContaining("\"all\" is no list");
  }

  @Test
  void scheduling() {
    own().setSchedPolicy(0x40000002).setSchedNice(-5).setSchedPrio(7);
    assertThat(planned(new Scheduling()))
        .containsExactly(
            "restoring nice -5 of task 42: setpriority(0, 0, -5)",
            "restoring scheduling policy 1073741826 of task 42:"
                + " sched_setscheduler(0, 1073741826, [07000000])");
    own().setSchedPolicy(6);
    assertThatThrownBy(() -> planned(new Scheduling())).isInstanceOf(UnsupportedException.class);
    own().setSchedPolicy(0);
    assertThatThrownBy(() -> planned(new Scheduling())).hasMessageContaining("damaged");
  }

  @Test
  void namesOfAnyBytes() {
    task().setCommBytes(ByteString.copyFrom(new byte[] {(byte) 0xff, 'a'}));
    thread.getThreadCoreBuilder().setComm("worker");
    assertThat(planned(new Name()))
        .containsExactly("restoring name of task 42: prctl(15, [ff61" + "00".repeat(14) + "])");
    assertThat(plannedThread(new Name()))
        .containsExactly(
            "restoring name of thread 43 of task 42: prctl(15, [776f726b6572"
                + "00".repeat(10)
                + "])");
  }

  @Test
  void smallAttributes() {
    task()
        .setPersonality(40000)
        .setOomScoreAdj(-17)
        .setLoginuid(1000)
        .setChildSubreaper(true)
        .setMembarrierRegistrationMask(0x14);
    own().setFutexRla(0x1000).setFutexRlaLen(24);
    leader.getThreadInfoBuilder().setClearTidAddr(0x2000);
    assertThat(planned(new Personality()))
        .containsExactly("restoring personality of task 42: personality(262144)");
    assertThat(planned(new OomScoreAdj()))
        .containsExactly(
            "restoring oom_score_adj -17 of task 42:"
                + " openat(1000, [73656c662f6f6f6d5f73636f72655f61646a00], 1) any",
            "restoring oom_score_adj -17 of task 42: write(#0, [2d313700], 3) any",
            "restoring oom_score_adj -17 of task 42: close(#0) any");
    assertThat(planned(new LoginUid()))
        .containsExactly(
            "restoring loginuid 1000 of task 42:"
                + " openat(1000, [73656c662f6c6f67696e75696400], 1)",
            "restoring loginuid 1000 of task 42: write(#0, [3130303000], 4) = 4",
            "restoring loginuid 1000 of task 42: close(#0)");
    task().setLoginuid(-1);
    assertThat(planned(new LoginUid())).isEmpty();
    assertThat(planned(new ChildSubreaper()))
        .containsExactly("making task 42 a child subreaper: prctl(36, 1)");
    assertThat(planned(new MembarrierRegistrations()))
        .containsExactly(
            "restoring membarrier registration 0x4 of task 42: membarrier(4)",
            "restoring membarrier registration 0x10 of task 42: membarrier(16)");
    assertThat(planned(new RobustList()))
        .containsExactly("restoring robust list of task 42: set_robust_list(4096, 24)");
    assertThat(planned(new ClearTid()))
        .containsExactly("restoring TID address of task 42: set_tid_address(8192)");
    assertThat(planned(new TaskFlags())).isEmpty();
  }

  @Test
  void rseq() {
    own()
        .setRseqEntry(
            rseq_entry
                .newBuilder()
                .setRseqAbiPointer(0x7000)
                .setRseqAbiSize(32)
                .setSignature(0xf3053053));
    assertThat(planned(new Rseq()))
        .containsExactly("restoring rseq registration of task 42: rseq(28672, 32, 0, 4077203539)");
    own().getRseqEntryBuilder().setRseqCsPointer(1);
    assertThatThrownBy(() -> planned(new Rseq())).isInstanceOf(UnsupportedException.class);
    own().clearRseqEntry();
    assertThat(planned(new Rseq())).isEmpty();
  }

  @Test
  void seccompFiltersFromTheOldest() {
    ByteString allow = ByteString.copyFrom(new byte[] {6, 0, 0, 0, 0, 0, -1, 127});
    facts.with(
        SeccompFilters.of(
            seccomp_entry
                .newBuilder()
                .addSeccompFilters(
                    seccomp_filter.newBuilder().setFilter(allow.concat(allow)).setFlags(0))
                .addSeccompFilters(
                    seccomp_filter.newBuilder().setFilter(allow).setPrev(0).setFlags(3))
                .build()));
    own().setSeccompMode(seccomp_mode.filter).setSeccompFilter(1);
    String first = "[0100" + "00".repeat(14) + "]";
    String second = "[0200" + "00".repeat(14) + "]";
    assertThat(planned(new SeccompState()))
        .containsExactly(
            "restoring seccomp filter 1 of task 42: seccomp(1, 3, " + first + ") = 0",
            "restoring seccomp filter 2 of task 42: seccomp(1, 0, " + second + ") = 0");
    own().setSeccompFilter(2);
    assertThatThrownBy(() -> planned(new SeccompState()))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "seccomp of task 42: its image is damaged: names filter 2 of 2;"
                + " restore from another copy");
    own().setSeccompMode(seccomp_mode.strict);
    assertThat(planned(new SeccompState()))
        .containsExactly("restoring strict seccomp of task 42: prctl(22, 1)");
  }

  @Test
  void seccompFiltersThatNameEachOther() {
    ByteString allow = ByteString.copyFrom(new byte[8]);
    facts.with(
        SeccompFilters.of(
            seccomp_entry
                .newBuilder()
                .addSeccompFilters(seccomp_filter.newBuilder().setFilter(allow).setPrev(0))
                .build()));
    own().setSeccompMode(seccomp_mode.filter).setSeccompFilter(0);
    assertThatThrownBy(() -> planned(new SeccompState())).hasMessageContaining("damaged");
  }
}
