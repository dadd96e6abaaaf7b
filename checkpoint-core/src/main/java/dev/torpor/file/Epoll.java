// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static dev.torpor.linux.Epoll.EPIOCGPARAMS;
import static dev.torpor.linux.Epoll.EPIOCSPARAMS;
import static dev.torpor.linux.Epoll.EPOLL_CTL_ADD;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.epoll_params_entry;
import dev.torpor.image.proto.eventpoll_file_entry;
import dev.torpor.image.proto.eventpoll_tfd_entry;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Epoll.EpollEvent;
import dev.torpor.linux.Epoll.EpollParams;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Kcmp;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.proc.ProcException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An epoll(7) instance. Its interest list names each file by the number it had when it was added;
 * the task may have given that number to another file since, so every item is verified by kcmp(2).
 */
public final class Epoll implements FileRoom {
  @Override
  public fd_types type() {
    return fd_types.EVENTPOLL;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.link().equals("anon_inode:[eventpoll]");
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    eventpoll_file_entry.Builder epoll =
        eventpoll_file_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor));
    epoll_params_entry params = params(descriptor.borrowed());
    if (params != null) {
      epoll.setParams(params);
    }
    Map<Integer, Integer> seen = new HashMap<>();
    for (String line : descriptor.fdinfo().lines()) {
      if (line.startsWith("tfd:")) {
        eventpoll_tfd_entry item = parse(descriptor, line);
        int slot = seen.merge(item.getTfd(), 1, Integer::sum) - 1;
        int fd = find(descriptor, item, slot, capture.context());
        if (fd >= 0) {
          epoll.addTfd(fd == item.getTfd() ? item : item.toBuilder().setTfd(fd).build());
        }
      }
    }
    return file_entry.newBuilder().setType(fd_types.EVENTPOLL).setId(id).setEpfd(epoll).build();
  }

  /** How it polls network devices; null as it was made, and before Linux 6.9. */
  private static epoll_params_entry params(int fd) {
    try (NativeMemory params = NativeMemory.allocate(EpollParams.SIZEOF)) {
      Ioctl.ioctl(fd, EPIOCGPARAMS, "EPIOCGPARAMS", params);
      if (params.getLong(0) == 0) {
        return null;
      }
      return epoll_params_entry
          .newBuilder()
          .setBusyPollUsecs(params.getInt(EpollParams.busy_poll_usecs))
          .setBusyPollBudget(params.getUnsignedShort(EpollParams.busy_poll_budget))
          .setPreferBusyPoll(params.getByte(EpollParams.prefer_busy_poll) != 0)
          .build();
    } catch (ErrnoException e) {
      // ENOTTY, or EINVAL of some: a kernel that does not know them, or one without
      // NET_RX_BUSY_POLL.
      if (e.is(Errno.ENOTTY) || e.is(Errno.EINVAL) || e.is(Errno.EOPNOTSUPP)) {
        return null;
      }
      throw e;
    }
  }

  /** {@code tfd: 8 events: 19 data: 7fea00000008 pos:0 ino:15de9 sdev:f}. */
  static eventpoll_tfd_entry parse(Descriptor descriptor, String line) {
    try {
      return eventpoll_tfd_entry
          .newBuilder()
          .setId(0)
          .setTfd(Integer.parseInt(after(line, "tfd:")))
          .setEvents(Integer.parseUnsignedInt(after(line, "events:"), 16))
          .setData(Long.parseUnsignedLong(after(line, "data:"), 16))
          .setDev((int) Long.parseUnsignedLong(after(line, "sdev:"), 16))
          .setInode(Long.parseUnsignedLong(after(line, "ino:"), 16))
          .setPos(Long.parseLong(after(line, "pos:")))
          .build();
    } catch (NumberFormatException e) {
      throw new ProcException(
          descriptor.subject(), line, "tfd: N events: N data: N pos:N ino:N sdev:N");
    }
  }

  private static String after(String line, String key) {
    int at = line.indexOf(key);
    if (at < 0) {
      throw new NumberFormatException(key);
    }
    int start = at + key.length();
    while (start < line.length() && line.charAt(start) == ' ') {
      start++;
    }
    int end = line.indexOf(' ', start);
    return line.substring(start, end < 0 ? line.length() : end);
  }

  /** The number under which the task has the file now; -1 if a running task has removed it. */
  private static int find(
      Descriptor epoll, eventpoll_tfd_entry item, int slot, CaptureContext context) {
    if (is(epoll, item, slot, item.getTfd())) {
      return item.getTfd();
    }
    for (int fd : context.proc().descriptors(epoll.pid())) {
      if (is(epoll, item, slot, fd)) {
        return fd;
      }
    }
    if (!isListed(epoll, item, context)) {
      return -1;
    }
    throw new UnsupportedException(
        epoll.subject(),
        "it waits for a file added as fd "
            + item.getTfd()
            + " (inode "
            + item.getInode()
            + ") that the task has no descriptor of any more; remove it from the interest list");
  }

  private static boolean isListed(
      Descriptor epoll, eventpoll_tfd_entry item, CaptureContext context) {
    String path = context.proc().path(epoll.pid(), "fdinfo/" + epoll.fd());
    for (String line : Fdinfo.read(path).lines()) {
      if (line.startsWith("tfd:") && parse(epoll, line).equals(item)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(Descriptor epoll, eventpoll_tfd_entry item, int slot, int fd) {
    try (NativeMemory memory = NativeMemory.allocate(Kcmp.EpollSlot.SIZEOF)) {
      memory
          .putInt(Kcmp.EpollSlot.efd, epoll.fd())
          .putInt(Kcmp.EpollSlot.tfd, item.getTfd())
          .putInt(Kcmp.EpollSlot.toff, slot);
      return Kcmp.kcmp(epoll.pid(), epoll.pid(), Kcmp.KCMP_EPOLL_TFD, fd, memory.address())
          == Kcmp.EQUAL;
    } catch (ErrnoException e) {
      // No such descriptor, or, in a running task, no such item any more.
      if (e.is(Errno.EBADF) || e.is(Errno.ENOENT)) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public String describe(file_entry entry) {
    return "epoll, " + entry.getEpfd().getTfdCount() + " files";
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getEpfd().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getEpfd().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    int fd = plan.place(entry, plan.call(entry, "epoll_create1", Nr.SYS_epoll_create1).arg(0));
    plan.setFlags(entry, fd, entry.getEpfd().getFlags());
    if (entry.getEpfd().hasParams()) {
      epoll_params_entry params = entry.getEpfd().getParams();
      Op set = plan.call(entry, "ioctl EPIOCSPARAMS", Nr.SYS_ioctl);
      set.arg(fd)
          .arg(EPIOCSPARAMS)
          .arg(
              plan.program()
                  .reserve(EpollParams.SIZEOF)
                  .putInt(EpollParams.busy_poll_usecs, params.getBusyPollUsecs())
                  .putShort(EpollParams.busy_poll_budget, params.getBusyPollBudget())
                  .putShort(EpollParams.prefer_busy_poll, params.getPreferBusyPoll() ? 1 : 0));
    }
  }

  /** Numbers in the list mean what they meant in one of the tasks that had the instance. */
  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    List<eventpoll_tfd_entry> items = entry.getEpfd().getTfdList();
    if (items.isEmpty()) {
      return;
    }
    LatePlan.User user = holderOfAll(items, plan);
    List<eventpoll_tfd_entry> tasks = new ArrayList<>();
    List<eventpoll_tfd_entry> others = new ArrayList<>();
    for (eventpoll_tfd_entry item : items) {
      boolean isTask = plan.entry(user.fileAt(item.getTfd())).getType() == fd_types.PIDFD;
      (isTask ? tasks : others).add(item);
    }
    String purpose = plan.purpose(user);
    plan.at(user, program -> addAll(program, purpose, user, others));
    if (!tasks.isEmpty()) {
      plan.at(user, Step.WATCH, program -> addAll(program, purpose, user, tasks));
    }
  }

  private static void addAll(
      Program program, String purpose, LatePlan.User user, List<eventpoll_tfd_entry> items) {
    Set<Integer> added = new HashSet<>();
    for (eventpoll_tfd_entry item : items) {
      String operation = purpose + ": add fd " + item.getTfd();
      if (added.add(item.getTfd())) {
        add(program, operation, user).arg(item.getTfd()).arg(event(program, item));
      } else {
        // The list had the file under a second number, which the task has closed since.
        Op second =
            program.call(operation, Nr.SYS_fcntl).arg(item.getTfd()).arg(Fcntl.F_DUPFD).arg(0);
        add(program, operation, user).arg(second).arg(event(program, item));
        program.call(operation, Nr.SYS_close).arg(second);
      }
    }
  }

  private static Op add(Program program, String operation, LatePlan.User user) {
    return program
        .call(operation, Nr.SYS_epoll_ctl)
        .arg(user.descriptor().getFd())
        .arg(EPOLL_CTL_ADD);
  }

  private static Data event(Program program, eventpoll_tfd_entry item) {
    return program
        .reserve(EpollEvent.SIZEOF)
        .putInt(EpollEvent.events, item.getEvents())
        .putLong(EpollEvent.data, item.getData());
  }

  private static LatePlan.User holderOfAll(List<eventpoll_tfd_entry> items, LatePlan plan) {
    int missing = -1;
    for (LatePlan.User user : plan.users()) {
      missing = -1;
      for (eventpoll_tfd_entry item : items) {
        if (user.fileAt(item.getTfd()) == 0) {
          missing = item.getTfd();
        }
      }
      if (missing < 0) {
        return user;
      }
    }
    throw new UnsupportedException(
        plan.purpose(plan.users().get(0)),
        "no task that has it has fd " + missing + " of its interest list");
  }
}
