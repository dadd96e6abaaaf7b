// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.pidfd_entry;
import dev.torpor.image.proto.pidfs_attr_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Wait;
import dev.torpor.plan.Step;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStatus;
import java.util.List;
import java.util.function.Function;

/**
 * A descriptor of a task, pidfd_open(2), which lives, is a zombie, or was reaped. Of the latter the
 * kernel tells how it ended since Linux 6.15; a restore makes one that ends in the same way.
 */
public final class PidfdFile implements FileRoom {
  /** What images have for the pid of a task that was reaped, as fdinfo. */
  private static final int REAPED = -1;

  @Override
  public fd_types type() {
    return fd_types.PIDFD;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[pidfd]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int pid = number(descriptor.fdinfo().told(descriptor.subject(), "Pid"));
    pidfd_entry.Builder pidfd =
        pidfd_entry
            .newBuilder()
            .setId(id)
            .setIno((int) descriptor.stat().ino())
            .setFlags(descriptor.flags() & ~Fcntl.O_RDWR)
            .setNspid(REAPED)
            .setFown(capture.owner(descriptor));
    if (pid == REAPED) {
      int status = Pidfd.exitStatus(descriptor.borrowed(), Signal.SIGKILL);
      if (status != Signal.SIGKILL) {
        // As CRIU 4.2 has it end, which knows no field for it.
        pidfd.setAttr(pidfs_attr_entry.newBuilder().setExitCode(status));
      }
    } else {
      requireOfTree(descriptor, pid, capture.context());
      String inner = descriptor.fdinfo().told(descriptor.subject(), "NSpid");
      pidfd.setNspid(number(inner.substring(inner.lastIndexOf('\t') + 1)));
    }
    return file_entry.newBuilder().setType(fd_types.PIDFD).setId(id).setPidfd(pidfd).build();
  }

  private static int number(String text) {
    return Integer.parseInt(text.trim());
  }

  private static void requireOfTree(Descriptor descriptor, int pid, CaptureContext context) {
    try {
      String name = "'" + context.proc().status(pid, pid).comm() + "'";
      if (!isOfTree(pid, context)) {
        throw new UnsupportedException(
            descriptor.subject(),
            "it is of task "
                + pid
                + " ("
                + name
                + "), which is not part of the dump; let the program close it, or dump that task"
                + " as well");
      }
    } catch (ProcException e) {
      if (!e.gone() || pid == 0) {
        throw new UnsupportedException(
            descriptor.subject(),
            "it is of a task in another pid namespace, which is not part of the dump; let the"
                + " program close it");
      }
    }
  }

  /** Also of a thread; in a rehearsal, too, of a child that was born since the tree was walked. */
  private static boolean isOfTree(int pid, CaptureContext context) {
    ProcFs proc = context.proc();
    for (int next = pid; next != 0; ) {
      TaskStatus status = proc.status(next, next);
      if (context.pids().imagePid(status.number("Tgid")) != 0) {
        return true;
      }
      next = Rehearsal.of(context) ? status.number("PPid") : 0;
    }
    return false;
  }

  @Override
  public String describe(file_entry entry) {
    int pid = entry.getPidfd().getNspid();
    return pid == REAPED ? "pidfd of a task that was reaped" : "pidfd of task " + pid;
  }

  @Override
  public boolean isOpenedLate(file_entry entry) {
    return !isReaped(entry);
  }

  private static boolean isReaped(file_entry entry) {
    return entry.getPidfd().getNspid() == REAPED;
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return isReaped(entry) ? entry.getPidfd().getFown() : SigioOwner.NOBODY;
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getPidfd().getFlags();
  }

  /** Those of one reaped task come into being with it. */
  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    return entry ->
        isReaped(entry)
            ? List.of(REAPED, entry.getPidfd().getIno())
            : List.of(entry.getPidfd().getId());
  }

  /**
   * The root task makes those of reaped tasks, before it has children: nobody asks for the number
   * of a child while it is that of the one which is to end.
   */
  @Override
  public void prepare(List<file_entry> group, GroupPlan plan) {
    if (isReaped(group.get(0))) {
      plan.addUser(plan.root());
      plan.openAt(Step.OPEN_SHARED);
    }
  }

  /** Others than reaped tasks need not exist yet: something else keeps the place. */
  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry first = group.get(0);
    if (!isReaped(first)) {
      plan.place(
          first, plan.call(first, "keep its place by eventfd2", Nr.SYS_eventfd2).arg(0).arg(0));
      return;
    }
    Data args = plan.program().reserve(Sched.CloneArgs.SIZEOF);
    pidfs_attr_entry attr = first.getPidfd().getAttr();
    int status = attr.hasExitCode() ? attr.getExitCode() : Signal.SIGKILL;
    Op task =
        plan.program()
            .spawn(
                plan.purpose(first) + ": start a task that ends",
                args,
                plan.fact(EndedTasks.class, EndedTasks::new).make(status));
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        plan.place(
            entry,
            plan.call(entry, "pidfd_open", Nr.SYS_pidfd_open).arg(task).arg(openFlags(entry)));
      }
    }
    plan.call(first, "wait4", Nr.SYS_wait4).arg(task).arg(0).arg(Wait.__WALL).arg(0);
  }

  private static int openFlags(file_entry entry) {
    return entry.getPidfd().getFlags() & (Pidfd.PIDFD_NONBLOCK | Pidfd.PIDFD_THREAD);
  }

  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    if (!isReaped(entry)) {
      new PidfdPlan(entry, plan).plan(openFlags(entry));
      SigioOwnerPlan.plan(entry.getPidfd().getFown(), 0, plan, Step.PIDFDS);
    }
  }
}
