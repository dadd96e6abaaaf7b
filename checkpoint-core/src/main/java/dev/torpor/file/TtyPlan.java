// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.TtyType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.image.proto.tty_info_entry;
import dev.torpor.image.proto.winsize_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import java.util.List;

/** Plans both sides of one pseudo-terminal, or /dev/tty. */
final class TtyPlan {
  /** asm-generic/ioctls.h. */
  private static final int TIOCSLCKTRMIOS = 0x5457;

  /** Of the launcher. */
  static final int STANDARD_INPUT = 0;

  private static final int WINSIZE_BYTES = 8;
  private static final int PERMISSIONS = 07777;

  private final List<file_entry> group;
  private final OpenPlan plan;
  private final PtyMasters masters;
  private boolean settingsDone;

  TtyPlan(List<file_entry> group, OpenPlan plan) {
    this.group = group;
    this.plan = plan;
    this.masters = plan.fact(PtyMasters.class, PtyMasters::new);
  }

  void plan() {
    for (file_entry entry : group) {
      check(entry);
    }
    if (info(group.get(0)).getType() == TtyType.CTTY) {
      for (file_entry entry : group) {
        if (plan.isUsed(entry)) {
          openCtty(entry);
        }
      }
      return;
    }
    file_entry master = null;
    for (file_entry entry : group) {
      if (Terminals.isMaster(info(entry))) {
        if (master != null) {
          throw new UnsupportedException(
              plan.purpose(entry), "the terminal has two masters; not carried");
        }
        master = entry;
      }
    }
    TerminalSource source = masters.source(info(group.get(0)));
    if (source == TerminalSource.GIVEN || source == TerminalSource.OF_SHELL) {
      takeGiven(source);
      return;
    }
    if (master == null) {
      takeOrphansMaster(source);
      openSlaves();
    } else {
      takeMaster(master);
    }
  }

  /** Gives any of them, or null. */
  private file_entry openSlaves() {
    file_entry slave = null;
    for (file_entry entry : group) {
      if (!Terminals.isMaster(info(entry)) && plan.isUsed(entry)) {
        openSlave(entry);
        slave = entry;
      }
    }
    return slave;
  }

  private tty_info_entry info(file_entry entry) {
    return Terminals.info(plan.images(), entry);
  }

  private void check(file_entry entry) {
    tty_info_entry info = info(entry);
    if (info == null) {
      throw new UnsupportedException(
          plan.purpose(entry), "tty-info.img has no terminal " + entry.getTty().getTtyInfoId());
    }
    if (info.getType() != TtyType.PTY && info.getType() != TtyType.CTTY) {
      throw new UnsupportedException(
          plan.purpose(entry), "terminals of kind " + info.getType() + " are not carried yet");
    }
  }

  /** By its number (--inherit-fd tty[rdev:dev]), or as the terminal of a shell's job. */
  private void takeGiven(TerminalSource source) {
    int given =
        source == TerminalSource.OF_SHELL
            ? STANDARD_INPUT
            : plan.given(Terminals.givenKey(info(group.get(0))));
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        plan.place(entry, given);
        // An open file of its own: the shell must not find its terminal O_NONBLOCK.
        plan.reopen(entry, Tty.openFlags(entry));
        planSettings(entry, plan.number(entry));
      }
    }
  }

  /** The root task has opened it, with its flags. */
  private void takeMaster(file_entry master) {
    int kept = masters.number(info(master));
    int fd = plan.isUsed(master) ? plan.place(master, kept) : kept;
    unlock(master, fd);
    TerminalQueuePlan queue = new TerminalQueuePlan(plan, master);
    settingsDone = !queue.isEmpty();
    planSettings(master, fd);
    file_entry slave = openSlaves();
    if (!queue.isEmpty()) {
      queue.plan(fd, slave);
      settingsDone = false;
      planSettings(master, fd);
    }
    if (info(master).getPacketMode()) {
      setInt(master, fd, Ioctl.TIOCPKT, "TIOCPKT", 1);
    }
  }

  /** Whoever started the tree had the master; it may take this one. */
  private void takeOrphansMaster(TerminalSource source) {
    file_entry slave = group.get(0);
    if (source == TerminalSource.UNKNOWN) {
      throw new UnsupportedException(
          plan.purpose(slave),
          "the other side of the terminal was not dumped; give --shell-job, and a terminal as"
              + " standard input");
    }
    unlock(slave, masters.number(info(slave)));
  }

  private void unlock(file_entry entry, int fd) {
    setInt(entry, fd, Ioctl.TIOCSPTLCK, "TIOCSPTLCK", 0);
  }

  private void openSlave(file_entry entry) {
    reg_file_entry path = plan.entry(entry.getTty().getRegfId()).getReg();
    Op opened =
        plan.call(entry, "open " + path.getName(), Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(RegularFile.path(plan.program(), path))
            .arg(Tty.openFlags(entry))
            .arg(0);
    int fd = plan.place(entry, opened);
    tty_info_entry info = info(entry);
    if (info.hasUid() && info.hasGid()) {
      plan.call(entry, "fchown", Nr.SYS_fchown).arg(fd).arg(info.getUid()).arg(info.getGid());
    }
    if (path.hasMode()) {
      plan.call(entry, "fchmod", Nr.SYS_fchmod).arg(fd).arg(path.getMode() & PERMISSIONS);
    }
    planSettings(entry, fd);
  }

  private void openCtty(file_entry entry) {
    int sid = info(entry).getSid();
    if (plan.hasTask(sid) && !plan.isOpener(sid)) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "tasks outside of session " + sid + " have its /dev/tty; not carried yet");
    }
    Op opened =
        plan.call(entry, "open", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(plan.program().string("/dev/tty"))
            .arg(Tty.openFlags(entry))
            .arg(0);
    plan.place(entry, opened);
  }

  /** Both sides share them, so once is enough; but for TIOCEXCL, which is of one side. */
  private void planSettings(file_entry entry, int fd) {
    tty_info_entry info = info(entry);
    if (info.getExclusive()) {
      ioctl(entry, fd, Ioctl.TIOCEXCL, "TIOCEXCL").arg(0);
    }
    if (settingsDone || !info.hasTermios()) {
      return;
    }
    settingsDone = true;
    Program program = plan.program();
    if (info.hasTermiosLocked()) {
      ioctl(entry, fd, TIOCSLCKTRMIOS, "TIOCSLCKTRMIOS")
          .arg(TermiosEntry.data(program, info.getTermiosLocked()));
    }
    ioctl(entry, fd, Ioctl.TCSETS, "TCSETS").arg(TermiosEntry.data(program, info.getTermios()));
    if (info.hasWinsize()) {
      winsize_entry size = info.getWinsize();
      ioctl(entry, fd, Ioctl.TIOCSWINSZ, "TIOCSWINSZ")
          .arg(
              program
                  .reserve(WINSIZE_BYTES)
                  .putShort(0, size.getWsRow())
                  .putShort(2, size.getWsCol())
                  .putShort(4, size.getWsXpixel())
                  .putShort(6, size.getWsYpixel()));
    }
  }

  private void setInt(file_entry entry, int fd, int request, String name, int value) {
    ioctl(entry, fd, request, name).arg(plan.program().reserve(4).putInt(0, value));
  }

  private Op ioctl(file_entry entry, int fd, long request, String name) {
    return plan.call(entry, "ioctl " + name, Nr.SYS_ioctl).arg(fd).arg(request);
  }

  /** Once per terminal: its session's leader takes it, and says who is in the foreground. */
  static void planSession(file_entry entry, LatePlan plan) {
    tty_info_entry info = Terminals.info(plan.images(), entry);
    if (info == null || info.getType() != TtyType.PTY) {
      return;
    }
    if (plan.facts().of(PtyMasters.class, PtyMasters::new).source(info)
        == TerminalSource.OF_SHELL) {
      planJob(info, entry, plan);
      return;
    }
    if (info.getSid() == 0) {
      return;
    }
    TaskFiles leader = plan.task(info.getSid());
    if (leader == null || !isFirst(entry, plan)) {
      return;
    }
    String purpose =
        "restoring the terminal of session " + info.getSid() + " (pts/" + (info.getId() >> 1) + ")";
    leader
        .plan()
        .at(Step.TERMINAL, program -> takeTerminal(program, purpose, slavePath(entry, plan)));
    leader.plan().at(Step.LATE_FILES, program -> setForeground(program, purpose, info.getPgrp()));
  }

  /** Locked last, when all sessions have opened theirs: a lock keeps everybody out. */
  static void planLock(file_entry entry, LatePlan plan) {
    tty_info_entry info = Terminals.info(plan.images(), entry);
    if (info == null || !info.getLocked() || !Terminals.isMaster(info)) {
      return;
    }
    LatePlan.User user = plan.users().get(0);
    String operation = plan.purpose(user) + ": ioctl TIOCSPTLCK";
    plan.at(
        user,
        Step.CONNECT,
        program ->
            program
                .call(operation, Nr.SYS_ioctl)
                .arg(user.descriptor().getFd())
                .arg(Ioctl.TIOCSPTLCK)
                .arg(program.reserve(4).putInt(0, 1)));
  }

  /**
   * As CRIU does: the job comes to the foreground of the terminal it is restored from. One whose
   * root leads a session has its terminal open, but not as its controlling one: that belongs to the
   * shell.
   */
  private static void planJob(tty_info_entry info, file_entry entry, LatePlan plan) {
    TaskFiles root = plan.root();
    if (info.getSid() == 0 || plan.task(info.getSid()) != null || !isFirst(entry, plan)) {
      return;
    }
    int group = plan.task(info.getPgrp()) == null ? root.pid() : info.getPgrp();
    root.plan()
        .at(
            Step.LATE_FILES,
            program -> setForeground(program, "restoring the terminal of the job", group));
  }

  private static boolean isFirst(file_entry entry, LatePlan plan) {
    int index = entry.getTty().getTtyInfoId() >> 1;
    for (file_entry other : plan.images().entries(ImageType.FILES, file_entry.parser())) {
      if (other.hasTty()
          && other.getTty().getTtyInfoId() >> 1 == index
          && plan.hasUser(other.getId())) {
        return other.getId() == entry.getId();
      }
    }
    return false;
  }

  private static String slavePath(file_entry entry, LatePlan plan) {
    int slave = Terminals.slaveId(entry.getTty().getTtyInfoId() >> 1);
    for (file_entry other : plan.images().entries(ImageType.FILES, file_entry.parser())) {
      if (other.hasTty() && other.getTty().getTtyInfoId() == slave) {
        return plan.entry(other.getTty().getRegfId()).getReg().getName();
      }
    }
    return "/dev/pts/" + (slave >> 1);
  }

  private static void takeTerminal(Program program, String purpose, String path) {
    Op opened =
        program
            .call(purpose + ": open " + path, Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string(path))
            .arg(Fcntl.O_RDWR | Fcntl.O_NOCTTY)
            .arg(0);
    program
        .call(purpose + ": ioctl TIOCSCTTY", Nr.SYS_ioctl)
        .arg(opened)
        .arg(Ioctl.TIOCSCTTY)
        .arg(0);
    program.call(purpose + ": close", Nr.SYS_close).arg(opened);
  }

  private static void setForeground(Program program, String purpose, int group) {
    if (group == 0) {
      return;
    }
    Op opened =
        program
            .call(purpose + ": open /dev/tty", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string("/dev/tty"))
            .arg(Fcntl.O_RDWR)
            .arg(0);
    program
        .call(purpose + ": ioctl TIOCSPGRP " + group, Nr.SYS_ioctl)
        .arg(opened)
        .arg(Ioctl.TIOCSPGRP)
        .arg(program.reserve(4).putInt(0, group));
    program.call(purpose + ": close", Nr.SYS_close).arg(opened);
  }
}
