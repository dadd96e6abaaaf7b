// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.TtyType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.tty_info_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.plan.Step;
import dev.torpor.plan.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The masters of all pseudo-terminals that a restore brings back: a fact that terminals and mounts
 * share.
 *
 * <p>Opening ptmx gives the lowest index that is free in its devpts. So the root task opens all
 * masters of one devpts in one go, the lowest index first, before anybody else of the tree opens
 * any: it goes on opening until the wanted index comes, and closes what came before when it has the
 * last. On a devpts that the host uses too, others may take and leave indices meanwhile; only who
 * has a wanted one is in the way.
 *
 * <p>Those of a devpts that is made anew are opened by whoever mounts it ({@link #open}), because
 * one may be mounted itself, as runc does for /dev/console. All others are opened when paths lead
 * where they lead the tree.
 */
public final class PtyMasters {
  /** Stands for all devpts that are there already. */
  private static final int OUTSIDE = -1;

  private static final String PTS = "/dev/pts";
  private static final String DEFAULT_PTMX = "/dev/pts/ptmx";

  /** The kernel takes it for the ptmx of the devpts beside it. */
  private static final String COMMON_PTMX = "/dev/ptmx";

  private static final class Master {
    ServiceFd fd;
    String ptmx = DEFAULT_PTMX;
    int flags = Fcntl.O_RDWR | Fcntl.O_NOCTTY;
  }

  /** By st_dev of a devpts that is made anew, or {@link #OUTSIDE}; then by index. */
  private final Map<Integer, SortedMap<Integer, Master>> masters = new TreeMap<>();

  /** How many descriptors are open while a devpts is mounted that is made anew, by its st_dev. */
  private final Map<Integer, Integer> madeAnew = new HashMap<>();

  private final Map<Integer, TerminalSource> sources = new HashMap<>();
  private FilesPlanner planner;

  /**
   * A devpts will be mounted anew, and {@link #open} be called for it.
   *
   * @param device st_dev that it had at the dump
   * @param openDescriptors how many descriptors are open at that time
   */
  public void madeAnew(int device, int openDescriptors) {
    madeAnew.put(device, openDescriptors);
  }

  /** A pseudo-terminal must be there, whoever has it open, since it is mounted somewhere. */
  public void want(int device, int index) {
    if (index < 0 || index >= Terminals.MAX_PTY_INDEX) {
      throw new UnsupportedException(
          "pts/" + index, "images number pseudo-terminals below " + Terminals.MAX_PTY_INDEX);
    }
    masters
        .computeIfAbsent(device, key -> new TreeMap<>())
        .computeIfAbsent(index, key -> new Master());
  }

  /** Finds all masters that are needed, keeps numbers for them, and has them opened. */
  void prepare(FilesPlanner files) {
    planner = files;
    for (tty_info_entry info :
        files.images().entries(ImageType.TTY_INFO, tty_info_entry.parser())) {
      TerminalSource source = TerminalSource.of(info, files);
      sources.put(info.getId(), source);
      if (source == TerminalSource.OF_SHELL) {
        files.keepLaunchers(TtyPlan.STANDARD_INPUT);
      }
      if (info.getType() == TtyType.PTY
          && (source == TerminalSource.MASTER_IN_TREE || source == TerminalSource.ORPHAN)) {
        want(device(info), info.getPty().getIndex());
      }
    }
    findPaths();
    masters.forEach(this::keep);
  }

  private void findPaths() {
    for (file_entry entry : planner.images().entries(ImageType.FILES, file_entry.parser())) {
      tty_info_entry info = entry.hasTty() ? Terminals.info(planner.images(), entry) : null;
      if (info != null && Terminals.isMaster(info)) {
        Master master = master(info);
        master.ptmx = planner.entry(entry.getTty().getRegfId()).getReg().getName();
        master.flags = Tty.openFlags(entry);
      }
    }
  }

  private void keep(int device, SortedMap<Integer, Master> ofDevice) {
    TaskFiles root = planner.root();
    ofDevice.forEach(
        (index, master) -> {
          master.fd = planner.reserve();
          if (isOrphan(index)) {
            planner.handOver(
                new Handover(
                    "orphan-pts-master",
                    master.fd,
                    root.pid(),
                    "nobody takes the other side of the tree's terminal (orphan-pts-master);"
                        + " restore it through a runtime that gave it a terminal"));
          }
        });
    planner.needTemporary(madeAnew.getOrDefault(device, 0) + ofDevice.lastKey() + 1);
    if (device == OUTSIDE) {
      root.plan().at(Step.OPEN_SHARED, program -> open(program, OUTSIDE, null));
      take(root, ofDevice);
    }
  }

  /** A terminal that can be seen has its index; one whose master is closed has it unseen. */
  private void take(TaskFiles root, SortedMap<Integer, Master> ofDevice) {
    Surroundings surroundings = planner.facts().of(Surroundings.class, Surroundings::new);
    ofDevice.forEach(
        (index, master) -> {
          boolean common = DEFAULT_PTMX.equals(master.ptmx) || COMMON_PTMX.equals(master.ptmx);
          if (common && surroundings.shares(Sched.CLONE_NEWNS)) {
            root.plan().takes(machine -> checkFree(index));
          }
        });
  }

  private static void checkFree(int index) {
    if (Files.exists(Path.of(PTS, Integer.toString(index)))) {
      throw new RestoreException("restoring pts/" + index + ": " + taken(index));
    }
  }

  private static String taken(int index) {
    return "another process has pts/"
        + index
        + "; end it (fuser "
        + PTS
        + "/"
        + index
        + " names it), or restore the tree where a devpts is its own";
  }

  /** One that no task has open, but that is mounted somewhere, has no owner either. */
  private boolean isOrphan(int index) {
    return !sources.containsKey(Terminals.masterId(index))
        && sources.getOrDefault(Terminals.slaveId(index), TerminalSource.ORPHAN)
            == TerminalSource.ORPHAN;
  }

  /** Where the other side of a terminal comes from. */
  TerminalSource source(tty_info_entry info) {
    return sources.get(info.getId());
  }

  /** The number at which the master of a terminal is open, unlocked or not. */
  int number(tty_info_entry info) {
    return master(info).fd.number();
  }

  private Master master(tty_info_entry info) {
    return masters.get(device(info)).get(info.getPty().getIndex());
  }

  /** The st_dev of a master may be that of the file system which has the /dev/ptmx it came from. */
  private int device(tty_info_entry info) {
    tty_info_entry other = Terminals.info(planner.images(), info.getId() ^ 1);
    if (madeAnew.containsKey(info.getDev())) {
      return info.getDev();
    }
    return other != null && madeAnew.containsKey(other.getDev()) ? other.getDev() : OUTSIDE;
  }

  /**
   * Appends the opening of all masters of one devpts.
   *
   * @param device its st_dev at the dump
   * @param ptmx path of its ptmx; null for the paths that the tree has used
   */
  public void open(Program program, int device, String ptmx) {
    SortedMap<Integer, Master> wanted = masters.get(device);
    if (wanted == null) {
      return;
    }
    Data found = program.reserve(8);
    int held = planner.firstTemporary() + madeAnew.getOrDefault(device, 0);
    wanted.forEach(
        (index, master) -> {
          Op last = open(program, index, ptmx == null ? master.ptmx : ptmx, master, found, held);
          program
              .call("keeping the master of pts/" + index, Nr.SYS_dup3)
              .arg(last)
              .arg(master.fd.number())
              .arg(Fcntl.O_CLOEXEC)
              .expect(master.fd.number());
        });
    program
        .call("closing what was opened on the way to the masters of terminals", Nr.SYS_close_range)
        .arg(held)
        .arg(Integer.toUnsignedLong(-1))
        .arg(0);
  }

  /** What is not wanted is held above all other descriptors. */
  private static Op open(
      Program program, int index, String ptmx, Master master, Data found, int held) {
    String purpose = "opening the master of pts/" + index + " (" + ptmx + ")";
    Op opened =
        program
            .call(purpose, Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string(ptmx))
            .arg(master.flags | Fcntl.O_CLOEXEC)
            .arg(0);
    program
        .call(purpose + ": ioctl TIOCGPTN", Nr.SYS_ioctl)
        .arg(opened)
        .arg(Ioctl.TIOCGPTN)
        .arg(found);
    Op last =
        program
            .call(purpose + ": fcntl F_DUPFD_CLOEXEC", Nr.SYS_fcntl)
            .arg(opened)
            .arg(Fcntl.F_DUPFD_CLOEXEC)
            .arg(held);
    program.call(purpose + ": close", Nr.SYS_close).arg(opened);
    program.repeat(purpose, opened, found, index).otherwise(taken(index));
    return last;
  }
}
