// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.TtyType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.tty_file_entry;
import dev.torpor.image.proto.tty_info_entry;
import dev.torpor.image.proto.tty_pty_entry;
import dev.torpor.image.proto.winsize_entry;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Stat;
import dev.torpor.plan.Step;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.TaskStat;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Either side of a pseudo-terminal, pty(7), or /dev/tty, the terminal of the session. Consoles,
 * virtual terminals and serial lines are not carried.
 */
public final class Tty implements FileRoom {
  // linux/major.h and the minors of TTYAUX_MAJOR.
  private static final int TTYAUX_MAJOR = 5;
  private static final int MINOR_TTY = 0;
  private static final int MINOR_PTMX = 2;
  private static final int UNIX98_PTY_SLAVE_MAJOR = 136;
  private static final int UNIX98_PTY_MAJOR_COUNT = 8;

  /** asm-generic/ioctls.h. */
  private static final int TIOCGLCKTRMIOS = 0x5456;

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.TTY_INFO, ImageType.TTY_DATA);
  }

  @Override
  public fd_types type() {
    return fd_types.TTY;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    long rdev = descriptor.stat().rdev();
    return descriptor.stat().is(Stat.S_IFCHR) && (isSlave(rdev) || isMaster(rdev) || isCtty(rdev));
  }

  private static boolean isSlave(long rdev) {
    int major = Stat.major(rdev);
    return major >= UNIX98_PTY_SLAVE_MAJOR
        && major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT;
  }

  private static boolean isMaster(long rdev) {
    return rdev == Stat.makedev(TTYAUX_MAJOR, MINOR_PTMX);
  }

  private static boolean isCtty(long rdev) {
    return rdev == Stat.makedev(TTYAUX_MAJOR, MINOR_TTY);
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    long rdev = descriptor.stat().rdev();
    int infoId;
    int index = -1;
    if (isMaster(rdev)) {
      index = Ioctl.getInt(descriptor.borrowed(), Ioctl.TIOCGPTN, "TIOCGPTN");
      infoId = Terminals.masterId(index);
    } else if (isSlave(rdev)) {
      index = Ttys.index((int) rdev);
      infoId = Terminals.slaveId(index);
    } else {
      infoId = Terminals.CTTY_INDEX << 1;
    }
    if (index >= Terminals.MAX_PTY_INDEX) {
      throw new UnsupportedException(
          descriptor.subject(), "images number pseudo-terminals below " + Terminals.MAX_PTY_INDEX);
    }
    int pathId = capture.addPath(descriptor);
    Ttys ttys = capture.state(Ttys.class, Ttys::new);
    if (ttys.add(infoId, descriptor)) {
      tty_info_entry.Builder info = info(descriptor, infoId, index);
      if (isMaster(rdev)
          && TerminalQueue.capture(descriptor, index, info.getTermios().getCLflag(), capture)) {
        ttys.seen.add(index);
      }
      int waiting = TerminalQueue.waiting(descriptor);
      capture.atEnd(() -> ttys.finish(descriptor, info, waiting, capture));
    }
    if (isCtty(rdev)) {
      ttys.addCtty(descriptor);
      capture.atEnd(() -> ttys.checkHolders(descriptor, capture.holders(id), capture));
    }
    return file_entry
        .newBuilder()
        .setType(fd_types.TTY)
        .setId(id)
        .setTty(
            tty_file_entry
                .newBuilder()
                .setId(id)
                .setTtyInfoId(infoId)
                .setFlags(descriptor.flags())
                .setFown(capture.owner(descriptor))
                .setRegfId(pathId))
        .build();
  }

  private static void refuseDiscipline(Descriptor descriptor, int fd) {
    int discipline = Ioctl.getInt(fd, Ioctl.TIOCGETD, "TIOCGETD");
    if (discipline != Ioctl.N_TTY) {
      throw new UnsupportedException(
          descriptor.subject(),
          "the terminal has line discipline "
              + discipline
              + ", which is not carried; let the program set N_TTY (0) before the dump");
    }
  }

  private static tty_info_entry.Builder info(Descriptor descriptor, int infoId, int index) {
    int fd = descriptor.borrowed();
    refuseDiscipline(descriptor, fd);
    FileStat stat = descriptor.stat();
    boolean master = isMaster(stat.rdev());
    tty_info_entry.Builder info =
        tty_info_entry
            .newBuilder()
            .setId(infoId)
            .setType(index < 0 ? TtyType.CTTY : TtyType.PTY)
            .setLocked(master && Ioctl.getInt(fd, Ioctl.TIOCGPTLCK, "TIOCGPTLCK") != 0)
            .setExclusive(Ioctl.getInt(fd, Ioctl.TIOCGEXCL, "TIOCGEXCL") != 0)
            .setPacketMode(master && Ioctl.getInt(fd, Ioctl.TIOCGPKT, "TIOCGPKT") != 0)
            .setSid(0)
            .setPgrp(0)
            .setRdev((int) stat.rdev())
            .setDev((int) stat.dev())
            .setUid(stat.uid())
            .setGid(stat.gid());
    if (index >= 0) {
      info.setPty(tty_pty_entry.newBuilder().setIndex(index));
    }
    try (NativeMemory memory = NativeMemory.allocate(TermiosEntry.SIZEOF + Ioctl.NCCS)) {
      Ioctl.ioctl(fd, Ioctl.TCGETS, "TCGETS", memory);
      info.setTermios(TermiosEntry.read(memory));
      Ioctl.ioctl(fd, TIOCGLCKTRMIOS, "TIOCGLCKTRMIOS", memory);
      info.setTermiosLocked(TermiosEntry.read(memory));
      Ioctl.ioctl(fd, Ioctl.TIOCGWINSZ, "TIOCGWINSZ", memory);
      info.setWinsize(
          winsize_entry
              .newBuilder()
              .setWsRow(memory.getUnsignedShort(0))
              .setWsCol(memory.getUnsignedShort(2))
              .setWsXpixel(memory.getUnsignedShort(4))
              .setWsYpixel(memory.getUnsignedShort(6)));
    } catch (ErrnoException e) {
      throw hungUp(descriptor, e);
    }
    if (master) {
      if ((Poll.poll(fd, 0, 0) & Poll.POLLHUP) != 0) {
        info.setHungUp(true);
      }
    }
    return info;
  }

  private static RuntimeException hungUp(Descriptor descriptor, ErrnoException e) {
    return e.is(Errno.EIO)
        ? new UnsupportedException(
            descriptor.subject(), "the terminal has hung up; let the task close it")
        : e;
  }

  /** What is known of all terminals of a capture. */
  private static final class Ttys {
    /** st_dev by id. */
    private final Map<Integer, Long> ids = new HashMap<>();

    /** By their indices, those of which it is known what waits in them. */
    private final Set<Integer> seen = new HashSet<>();

    private int orphans;

    /** Device number of the terminal that is open as /dev/tty; 0 if none is. */
    private int ctty;

    /**
     * Images tell terminals of two devpts apart by their index alone. A slave can be opened more
     * than once; each opening of ptmx makes a master of another terminal.
     */
    boolean add(int infoId, Descriptor descriptor) {
      Long known = ids.putIfAbsent(infoId, descriptor.stat().dev());
      if (known != null
          && (known != descriptor.stat().dev() || isMaster(descriptor.stat().rdev()))) {
        throw new UnsupportedException(
            descriptor.subject(),
            "the tree has another terminal of this index in another devpts, which images cannot"
                + " tell apart; let the tree close either");
      }
      return known == null;
    }

    /**
     * Finds the session. Only members may ask a terminal for it, but /proc/PID/stat of each names
     * its terminal.
     */
    void finish(
        Descriptor descriptor, tty_info_entry.Builder info, int waiting, FileCapture capture) {
      CaptureContext context = capture.context();
      TerminalOptions options = capture.state(TerminalOptions.class, () -> TerminalOptions.NONE);
      int device = info.getType() == TtyType.CTTY ? ctty : slaveDevice(info.getPty().getIndex());
      TaskStat stat = memberOfSession(device, capture);
      if (stat != null) {
        int sid = context.pids().imagePid(stat.sid());
        if (sid == 0 && !options.outsideSession()) {
          throw new UnsupportedException(
              descriptor.subject(),
              "the terminal belongs to session "
                  + stat.sid()
                  + ", whose leader is not part of the dump; consider --shell-job");
        }
        int group = context.pids().imagePid(stat.tpgid());
        info.setSid(sid == 0 ? stat.sid() : sid);
        info.setPgrp(group == 0 ? Math.max(stat.tpgid(), 0) : group);
      }
      boolean orphan =
          info.getType() == TtyType.PTY
              && !Terminals.isMaster(info.build())
              && !ids.containsKey(Terminals.masterId(info.getPty().getIndex()));
      if (orphan && !options.outsideSession() && !options.takesMaster()) {
        throw new UnsupportedException(
            descriptor.subject(),
            "the other side of the terminal is not part of the dump; consider --shell-job");
      }
      if (orphan && orphans++ > 0) {
        throw new UnsupportedException(
            descriptor.subject(),
            "the other sides of two terminals are not part of the dump, and a restore gives one"
                + " only; let the tree close one");
      }
      if (waiting > 0 && !seen.contains(index(device))) {
        throw new UnsupportedException(
            descriptor.subject(),
            waiting
                + " bytes wait to be read from the terminal, "
                + (ids.containsKey(Terminals.masterId(index(device)))
                    ? "and only BPF tells which, which is not permitted here"
                    : "whose other side is not part of the dump")
                + "; let the program read them before the dump");
      }
      capture.images().add(ImageType.TTY_INFO, info.build());
    }

    /** Whoever opens /dev/tty gets the terminal of its own session, so a restore knows one. */
    void addCtty(Descriptor descriptor) {
      int device;
      try {
        device = Ioctl.getInt(descriptor.borrowed(), Ioctl.TIOCGDEV, "TIOCGDEV");
      } catch (ErrnoException e) {
        throw hungUp(descriptor, e);
      }
      if (ctty != 0 && ctty != device) {
        throw new UnsupportedException(
            descriptor.subject(),
            "other descriptors of /dev/tty lead to another terminal; not carried yet");
      }
      ctty = device;
    }

    /** The leader of the session opens it, so who has it must have it by birth. */
    void checkHolders(Descriptor descriptor, List<Integer> holders, FileCapture capture) {
      TaskStat stat = memberOfSession(ctty, capture);
      if (stat == null) {
        throw new UnsupportedException(
            descriptor.subject(),
            "no task that is dumped is in the session of this terminal any more; let the task close"
                + " it before the dump");
      }
      int leader = stat.sid();
      for (int holder : holders) {
        if (capture.pids().contains(leader) && !descends(holder, leader, capture)) {
          throw new UnsupportedException(
              descriptor.subject(),
              "task "
                  + holder
                  + " has it, but does not descend from task "
                  + leader
                  + ", which leads the session; not carried yet");
        }
      }
    }

    /** The first task that has the terminal as its own; null if there is none. */
    private static TaskStat memberOfSession(int device, FileCapture capture) {
      for (int pid : capture.pids()) {
        TaskStat stat = stat(pid, capture);
        if (stat != null && stat.ttyNr() == device) {
          return stat;
        }
      }
      return null;
    }

    /** Null if the task has ended: those of a rehearsal run. */
    private static TaskStat stat(int pid, FileCapture capture) {
      try {
        return capture.context().proc().stat(pid, pid);
      } catch (ProcException e) {
        if (e.gone()) {
          return null;
        }
        throw e;
      }
    }

    private static boolean descends(int pid, int ancestor, FileCapture capture) {
      int at = pid;
      while (at != ancestor && capture.pids().contains(at)) {
        TaskStat stat = stat(at, capture);
        if (stat == null) {
          return true;
        }
        at = stat.ppid();
      }
      return at == ancestor;
    }

    private static int index(int device) {
      return (Stat.major(device) - UNIX98_PTY_SLAVE_MAJOR) * 256 + Stat.minor(device);
    }

    private static int slaveDevice(int index) {
      return (int) Stat.makedev(UNIX98_PTY_SLAVE_MAJOR + index / 256, index % 256);
    }
  }

  @Override
  public String describe(file_entry entry) {
    int id = entry.getTty().getTtyInfoId();
    if (id == Terminals.CTTY_INDEX << 1) {
      return "/dev/tty";
    }
    return ((id & 1) == 1 ? "master of pts/" : "pts/") + (id >> 1);
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getTty().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getTty().getFlags();
  }

  /** Both sides of a pseudo-terminal. */
  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    return entry -> entry.getTty().getTtyInfoId() >> 1;
  }

  @Override
  public void prepare(FilesPlanner planner) {
    planner.facts().of(PtyMasters.class, PtyMasters::new).prepare(planner);
  }

  /** A session's leader needs its terminal, though it may have no descriptor of it. */
  @Override
  public void prepare(List<file_entry> group, GroupPlan plan) {
    for (file_entry entry : group) {
      tty_info_entry info = Terminals.info(plan.images(), entry);
      if (info != null && info.getSid() != 0 && plan.addUser(info.getSid())) {
        // What is open as /dev/tty is there once the leader has it.
        plan.openAt(info.getType() == TtyType.CTTY ? Step.TERMINAL : Step.OPEN_SHARED);
      }
    }
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    new TtyPlan(group, plan).plan();
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    TtyPlan.planSession(entry, plan);
    TtyPlan.planLock(entry, plan);
  }

  /** O_* without what must not be passed to open(2). */
  static int openFlags(file_entry entry) {
    return (entry.getTty().getFlags() & ~Fcntl.FASYNC) | Fcntl.O_NOCTTY;
  }
}
