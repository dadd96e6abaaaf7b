// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.image.proto.posix_mq_queue_entry;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mqueue;
import dev.torpor.linux.Resource;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import dev.torpor.proc.ProcFs;
import java.util.List;

/**
 * Message queues can be made: their user may have as many bytes, and no limit is below what one
 * has.
 *
 * @param queues of the images
 * @param hosts whether those without a name are made under the limits of the host's IPC namespace
 */
record QueueRoom(List<posix_mq_queue_entry> queues, boolean hosts) implements Need {
  /** struct msg_msg and struct posix_msg_tree_node: what the kernel counts for each message. */
  private static final long BYTES_PER_MESSAGE = 48 + 48;

  private static final String LIMITS = "/proc/sys/fs/mqueue/";

  /**
   * What a restore of these images needs.
   *
   * @throws UnsupportedException for a queue that its own namespace does not permit any more
   */
  static QueueRoom of(ImageStore images, List<posix_mq_queue_entry> queues) {
    List<Long> namespaces = images.ids(ImageType.IPC_VAR);
    for (long id : namespaces) {
      ipc_var_entry limits = images.only(ImageType.IPC_VAR, id, ipc_var_entry.parser());
      for (posix_mq_queue_entry queue : queues) {
        require(queue, limits.getMqMsgMax(), limits.getMqMsgsizeMax());
      }
    }
    return new QueueRoom(queues, namespaces.isEmpty());
  }

  private static void require(posix_mq_queue_entry queue, long messages, long bytes) {
    if (queue.getUnlinked()
        && (Integer.toUnsignedLong(queue.getMaxMessages()) > messages
            || Integer.toUnsignedLong(queue.getMessageBytes()) > bytes)) {
      throw new UnsupportedException(
          MessageQueue.subject(queue) + ", which is unlinked,",
          "it has room for "
              + queue.getMaxMessages()
              + " messages of "
              + queue.getMessageBytes()
              + " bytes, and its namespace permits "
              + messages
              + " of "
              + bytes
              + "; raise sysctl fs.mqueue.msg_max and msgsize_max");
    }
  }

  @Override
  public void verify(Machine machine) {
    long bytes = 0;
    for (posix_mq_queue_entry queue : queues) {
      if (hosts) {
        require(queue, limit("msg_max"), limit("msgsize_max"));
      }
      if (queue.hasNsId() || queue.getUnlinked()) {
        bytes +=
            queue.getMaxMessages()
                * (Integer.toUnsignedLong(queue.getMessageBytes()) + BYTES_PER_MESSAGE);
      }
    }
    long most = Resource.getLimit(0, Resource.RLIMIT_MSGQUEUE)[0];
    if (Long.compareUnsigned(bytes, most) > 0) {
      throw new RestoreException(
          "the POSIX message queues take "
              + bytes
              + " bytes, and RLIMIT_MSGQUEUE is "
              + most
              + "; raise it (ulimit -q, prlimit --msgqueue) for whoever restores");
    }
  }

  private static long limit(String name) {
    return Long.parseLong(ProcFs.text(LIMITS + name).trim());
  }

  /**
   * Looks whether a queue of the host is still there as the tree left it.
   *
   * @throws RestoreException if it is not
   */
  static void verifySame(posix_mq_queue_entry queue) {
    String name = MessageQueue.name(queue);
    int fd;
    try {
      fd = Mqueue.open(name.substring(1), Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC);
    } catch (ErrnoException e) {
      throw gone(queue, e);
    }
    try {
      posix_mq_queue_entry there = MessageQueue.describe(fd, name).setId(queue.getId()).build();
      if (!there.equals(queue)) {
        throw gone(queue, null);
      }
    } finally {
      Unistd.close(fd);
    }
  }

  private static RestoreException gone(posix_mq_queue_entry queue, ErrnoException cause) {
    return new RestoreException(
        MessageQueue.subject(queue)
            + " was of the host's IPC namespace and is not there any more, or is another; restore"
            + " on the machine that it was dumped on, since it was started",
        cause == null ? 0 : cause.errno(),
        cause);
  }
}
