// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.posix_mq_message_entry;
import dev.torpor.image.proto.posix_mq_queue_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Mqueue;
import dev.torpor.linux.Mqueue.MqAttr;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import java.util.ArrayList;
import java.util.List;

/**
 * A queue of messages, mq_overview(7). Those with a name in an IPC namespace of the tree's own are
 * the namespace's, whether anybody has them open or not; {@link MessageQueueFile} has what is open.
 * When they were used last comes back as now, and RLIMIT_MSGQUEUE counts them as the restorer's.
 */
public final class MessageQueue {
  private static final int PERMISSIONS = 07777;

  private MessageQueue() {}

  /** What messages call it. */
  public static String subject(posix_mq_queue_entry queue) {
    return "POSIX message queue " + name(queue);
  }

  /** Its name, with the slash. */
  public static String name(posix_mq_queue_entry queue) {
    return KernelString.decode(queue.getNameBytes().toByteArray());
  }

  /** Those of some images. */
  public static List<posix_mq_queue_entry> all(ImageStore images) {
    List<posix_mq_queue_entry> queues = new ArrayList<>();
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      if (entry.getType() == fd_types.POSIX_MQ_QUEUE) {
        queues.add(entry.getPosixMqQueue());
      }
    }
    return queues;
  }

  /** As images have it. */
  public static file_entry entry(posix_mq_queue_entry.Builder queue) {
    return file_entry
        .newBuilder()
        .setType(fd_types.POSIX_MQ_QUEUE)
        .setId(queue.getId())
        .setPosixMqQueue(queue)
        .build();
  }

  /**
   * Looks at what a queue is, without its messages.
   *
   * @param fd Torpor's own descriptor of it
   * @param name with the slash
   */
  public static posix_mq_queue_entry.Builder describe(int fd, String name) {
    FileStat stat = FileStat.of(fd);
    try (NativeMemory attributes = NativeMemory.allocate(MqAttr.SIZEOF)) {
      Mqueue.getAttributes(fd, attributes);
      return posix_mq_queue_entry
          .newBuilder()
          .setIno((int) stat.ino())
          .setNameBytes(ByteString.copyFrom(KernelString.encode(name)))
          .setMaxMessages((int) attributes.getLong(MqAttr.mq_maxmsg))
          .setMessageBytes((int) attributes.getLong(MqAttr.mq_msgsize))
          .setMode(stat.mode() & ~Stat.S_IFMT)
          .setUid(stat.uid())
          .setGid(stat.gid());
    }
  }

  /** Its messages; the tree stands. */
  public static List<posix_mq_message_entry> messages(String subject, int fd) {
    try (NativeMemory attributes = NativeMemory.allocate(MqAttr.SIZEOF);
        QueueMemory memory = new QueueMemory(subject, fd)) {
      Mqueue.getAttributes(fd, attributes);
      return memory.messages(attributes.getLong(MqAttr.mq_curmsgs));
    }
  }

  /** Whether somebody is to be told of the next message, mq_notify(3). */
  public static boolean hasNotification(String subject, int fd) {
    try (QueueMemory memory = new QueueMemory(subject, fd)) {
      return memory.hasNotification();
    }
  }

  /**
   * Appends the making of a queue, with its messages, by a task with all rights.
   *
   * @param name without a slash; nothing has it
   * @return opens it
   */
  public static Op make(Program program, String name, posix_mq_queue_entry queue) {
    String purpose = "restoring " + subject(queue) + ": ";
    Data attributes =
        program
            .reserve(MqAttr.SIZEOF)
            .putLong(MqAttr.mq_maxmsg, Integer.toUnsignedLong(queue.getMaxMessages()))
            .putLong(MqAttr.mq_msgsize, Integer.toUnsignedLong(queue.getMessageBytes()));
    Op made =
        program
            .call(purpose + "mq_open", Nr.SYS_mq_open)
            .arg(program.string(KernelString.encode(name)))
            .arg(Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC)
            .arg(queue.getMode())
            .arg(attributes);
    program
        .call(purpose + "fchown", Nr.SYS_fchown)
        .arg(made)
        .arg(Integer.toUnsignedLong(queue.getUid()))
        .arg(Integer.toUnsignedLong(queue.getGid()));
    program.call(purpose + "fchmod", Nr.SYS_fchmod).arg(made).arg(queue.getMode() & PERMISSIONS);
    for (posix_mq_message_entry message : queue.getMessagesList()) {
      program
          .call(purpose + "mq_send", Nr.SYS_mq_timedsend)
          .arg(made)
          .arg(program.bytes(message.getText().toByteArray()))
          .arg(message.getText().size())
          .arg(message.getPriority())
          .arg(0);
    }
    return made;
  }
}
