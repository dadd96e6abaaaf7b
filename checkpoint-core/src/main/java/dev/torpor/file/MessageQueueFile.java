// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.posix_mq_entry;
import dev.torpor.image.proto.posix_mq_notification_entry;
import dev.torpor.image.proto.posix_mq_queue_entry;
import dev.torpor.inject.Op;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Time;
import dev.torpor.linux.Time.Sigevent;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * An open message queue, mq_open(3). CRIU knows none, and refuses images with one for the kind of
 * the file.
 *
 * <p>A queue of the host's IPC namespace stays where it is when the tree ends, as a file would; one
 * of the tree's own namespace comes back with that. Those that have lost their names are made by
 * who opens them.
 */
public final class MessageQueueFile implements FileRoom {
  private static final String DELETED = " (deleted)";

  /** A fact: queues that are captured already, and of whose notification is told. */
  private static final class Known {
    private final Set<Integer> queues = new HashSet<>();
  }

  /** A fact: the queues of the images. */
  static final class Queues {
    private final Map<Integer, posix_mq_queue_entry> byInode = new HashMap<>();
    private final Map<String, Integer> names = new HashMap<>();

    Queues(ImageStore images) {
      for (posix_mq_queue_entry queue : MessageQueue.all(images)) {
        byInode.put(queue.getIno(), queue);
        names.merge(MessageQueue.name(queue), 1, Integer::sum);
      }
    }

    /** By what it is opened; not that of another one. */
    String name(posix_mq_queue_entry queue) {
      String name = MessageQueue.name(queue).substring(1);
      return queue.getUnlinked() && names.get("/" + name) > 1
          ? ".torpor-" + Integer.toUnsignedString(queue.getIno())
          : name;
    }
  }

  @Override
  public fd_types type() {
    return fd_types.POSIX_MQ;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return descriptor.stat().is(Stat.S_IFREG)
        && (descriptor.flags() & Fcntl.O_PATH) == 0
        && PseudoFiles.isMessageQueue(descriptor);
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    posix_mq_entry.Builder entry =
        posix_mq_entry
            .newBuilder()
            .setId(id)
            .setFlags(descriptor.flags())
            .setFown(capture.owner(descriptor))
            .setPos(descriptor.pos())
            .setQueue((int) descriptor.stat().ino());
    try (QueueMemory memory = new QueueMemory(descriptor.subject(), descriptor.borrowed())) {
      long namespace = memory.namespace();
      refuseOthers(descriptor, id, namespace, capture);
      if (capture.state(Known.class, Known::new).queues.add(entry.getQueue())) {
        boolean hosts = namespace == inode(capture.context().proc(), "/self/ns/ipc");
        addQueue(descriptor, hosts, capture);
        if (memory.hasNotification()) {
          boolean stays = hosts && descriptor.stat().nlink() != 0;
          addNotification(descriptor, entry, memory.notificationValue(), stays, capture);
        }
      }
    }
    return file_entry.newBuilder().setType(fd_types.POSIX_MQ).setId(id).setPosixMq(entry).build();
  }

  /** Names mean the queues of the namespace of whoever opens them. */
  private static void refuseOthers(
      Descriptor descriptor, int id, long namespace, FileCapture capture) {
    String subject = descriptor.subject();
    ProcFs proc = capture.context().proc();
    int first = descriptor.pid();
    capture.atEnd(
        () -> {
          Set<Integer> pids = new HashSet<>(capture.holders(id));
          pids.add(first);
          for (int pid : pids) {
            if (inode(proc, "/" + pid + "/ns/ipc") != namespace) {
              throw new UnsupportedException(
                  subject,
                  "the message queue is of another IPC namespace than task "
                      + pid
                      + "; let it close the queue");
            }
          }
        });
  }

  private static long inode(ProcFs proc, String link) {
    return FileStat.ofTarget(proc.root() + link).ino();
  }

  /** Of a queue that has a name and is not the host's the namespace has the rest. */
  private static void addQueue(Descriptor descriptor, boolean hosts, FileCapture capture) {
    boolean unlinked = descriptor.stat().nlink() == 0;
    if (!unlinked && !hosts) {
      return;
    }
    String link = descriptor.link();
    int end = link.length() - (unlinked && link.endsWith(DELETED) ? DELETED.length() : 0);
    String name = link.substring(link.lastIndexOf('/', end - 1), end);
    posix_mq_queue_entry.Builder queue =
        MessageQueue.describe(descriptor.borrowed(), name).setId(capture.newId());
    if (unlinked) {
      queue.setUnlinked(true);
      if (!Rehearsal.of(capture.context())) {
        queue.addAllMessages(MessageQueue.messages(descriptor.subject(), descriptor.borrowed()));
      }
    }
    capture.images().add(ImageType.FILES, MessageQueue.entry(queue));
  }

  private static void addNotification(
      Descriptor descriptor,
      posix_mq_entry.Builder entry,
      long value,
      boolean stays,
      FileCapture capture) {
    String text = text(descriptor, capture.context().proc());
    int owner = number(text, "NOTIFY_PID:");
    int method = number(text, "NOTIFY:");
    int pid = owner == 0 ? 0 : capture.context().pids().imagePid(owner);
    if (pid == 0 && stays) {
      return;
    }
    if (pid == 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "process "
              + owner
              + ", which is not part of the dump, is to be told of its next message"
              + " (mq_notify); end that");
    }
    if (method != Time.SIGEV_SIGNAL && method != Time.SIGEV_NONE) {
      throw new UnsupportedException(
          descriptor.subject(),
          "task "
              + owner
              + " has asked to be told of its next message by a thread (mq_notify with"
              + " SIGEV_THREAD), which is not carried yet; let it use a signal or take that back");
    }
    entry.setNotification(
        posix_mq_notification_entry
            .newBuilder()
            .setPid(pid)
            .setMethod(method)
            .setSignal(number(text, "SIGNO:"))
            .setValue(value));
  }

  /** What a reader of the queue as a file sees; its own position stays. */
  private static String text(Descriptor descriptor, ProcFs proc) {
    String path = proc.root() + "/self/fd/" + descriptor.borrowed();
    int fd = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC, 0);
    try {
      return KernelString.decode(Unistd.readAll(fd));
    } finally {
      Unistd.close(fd);
    }
  }

  private static int number(String text, String key) {
    int start = text.indexOf(key) + key.length();
    int end = text.indexOf(' ', start);
    return Integer.parseInt(text.substring(start, end < 0 ? text.length() : end).trim());
  }

  @Override
  public String describe(file_entry entry) {
    return "POSIX message queue, inode " + Integer.toUnsignedString(entry.getPosixMq().getQueue());
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return entry.getPosixMq().getFown();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getPosixMq().getFlags();
  }

  @Override
  public Function<file_entry, Object> grouping(ImageStore images) {
    return entry -> entry.getPosixMq().getQueue();
  }

  @Override
  public void prepare(FilesPlanner planner) {
    List<posix_mq_queue_entry> queues = MessageQueue.all(planner.images());
    if (!queues.isEmpty()) {
      planner.root().plan().needs(QueueRoom.of(planner.images(), queues));
    }
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry first = group.get(0);
    Queues queues = plan.fact(Queues.class, () -> new Queues(plan.images()));
    posix_mq_queue_entry queue = queues.byInode.get(first.getPosixMq().getQueue());
    if (queue == null) {
      throw new UnsupportedException(
          plan.purpose(first), "the images do not have the queue; restore from another copy");
    }
    String name = queues.name(queue);
    Op made = null;
    if (queue.getUnlinked()) {
      made = MessageQueue.make(plan.program(), name, queue);
    } else if (!queue.hasNsId() && plan.isStarters(Sched.CLONE_NEWIPC)) {
      plan.takes(machine -> QueueRoom.verifySame(queue));
    }
    for (file_entry entry : group) {
      if (plan.isUsed(entry)) {
        open(entry, plan, name);
      }
    }
    if (made != null) {
      plan.call(first, "mq_unlink", Nr.SYS_mq_unlink)
          .arg(plan.program().string(KernelString.encode(name)));
      plan.close(first, made);
    }
  }

  private static void open(file_entry entry, OpenPlan plan, String name) {
    posix_mq_entry queue = entry.getPosixMq();
    Op opened =
        plan.call(entry, "mq_open", Nr.SYS_mq_open)
            .arg(plan.program().string(KernelString.encode(name)))
            .arg(queue.getFlags() & (Fcntl.O_ACCMODE | Fcntl.O_NONBLOCK))
            .arg(0)
            .arg(0);
    int fd = plan.place(entry, opened);
    plan.setFlags(entry, fd, queue.getFlags());
    if (queue.getPos() != 0) {
      plan.call(entry, "lseek", Nr.SYS_lseek)
          .arg(fd)
          .arg(queue.getPos())
          .arg(Unistd.SEEK_SET)
          .expect(queue.getPos());
    }
  }

  /** Behind the last close(2) of a descriptor of the queue, which would take it back. */
  @Override
  public void planLate(file_entry entry, LatePlan plan) {
    if (!entry.getPosixMq().hasNotification()) {
      return;
    }
    posix_mq_notification_entry notification = entry.getPosixMq().getNotification();
    int queue = entry.getPosixMq().getQueue();
    LatePlan.User user =
        plan.find(
            notification.getPid(),
            file -> file.hasPosixMq() && file.getPosixMq().getQueue() == queue);
    if (user == null) {
      throw new UnsupportedException(
          describe(entry),
          "task "
              + notification.getPid()
              + " is to be told of its next message and has no descriptor of it");
    }
    plan.at(
        user,
        program ->
            program
                .call(plan.purpose(user) + ": mq_notify", Nr.SYS_mq_notify)
                .arg(user.descriptor().getFd())
                .arg(
                    program
                        .reserve(Sigevent.SIZEOF)
                        .putLong(Sigevent.sigev_value, notification.getValue())
                        .putInt(Sigevent.sigev_signo, notification.getSignal())
                        .putInt(Sigevent.sigev_notify, notification.getMethod())));
  }
}
