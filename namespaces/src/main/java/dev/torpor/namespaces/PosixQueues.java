// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MessageQueue;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.posix_mq_queue_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Directory;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/**
 * The POSIX message queues of a namespace that have a name: files of a file system, which need not
 * be mounted anywhere. What is open of them is {@code dev.torpor.file.MessageQueueFile}'s.
 */
final class PosixQueues {
  private static final int LOOK = Fcntl.O_RDONLY | Fcntl.O_NONBLOCK | Fcntl.O_CLOEXEC;

  private PosixQueues() {}

  /** Looks whether all can be carried, from within the namespace, while its tasks run. */
  static void check() {
    each((fd, name) -> MessageQueue.hasNotification(subject(name), fd));
  }

  /**
   * All of them, from within the namespace.
   *
   * @param images tell who is to be told of messages
   */
  static List<posix_mq_queue_entry.Builder> capture(ImageStore images) {
    List<posix_mq_queue_entry.Builder> queues = new ArrayList<>();
    each(
        (fd, name) -> {
          posix_mq_queue_entry.Builder queue = MessageQueue.describe(fd, "/" + name);
          if (MessageQueue.hasNotification(subject(name), fd) && !isKnown(images, queue.getIno())) {
            throw new UnsupportedException(
                subject(name),
                "a process that is not part of the dump is to be told of its next message"
                    + " (mq_notify); end that");
          }
          queues.add(queue.addAllMessages(MessageQueue.messages(subject(name), fd)));
        });
    return queues;
  }

  private static boolean isKnown(ImageStore images, int inode) {
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      if (entry.getPosixMq().hasNotification() && entry.getPosixMq().getQueue() == inode) {
        return true;
      }
    }
    return false;
  }

  private static String subject(String name) {
    return "POSIX message queue /" + name;
  }

  /** Sees a queue. */
  @FunctionalInterface
  private interface Look {
    void at(int fd, String name);
  }

  private static void each(Look look) {
    int mount = mount();
    try {
      for (String name : new Directory(mount).names()) {
        int fd = Fcntl.openat(mount, name, LOOK, 0);
        try {
          look.at(fd, name);
        } finally {
          Unistd.close(fd);
        }
      }
    } finally {
      Unistd.close(mount);
    }
  }

  /** Of the thread's namespace; mounted nowhere, and gone with the descriptor. */
  private static int mount() {
    try (NativeMemory type = NativeMemory.ofString("mqueue")) {
      int context =
          (int)
              call(
                  "fsopen",
                  Nr.SYS_fsopen,
                  type.address(),
                  dev.torpor.linux.Mount.FSOPEN_CLOEXEC,
                  0);
      try {
        call("fsconfig", Nr.SYS_fsconfig, context, dev.torpor.linux.Mount.FSCONFIG_CMD_CREATE, 0);
        int mount =
            (int)
                call("fsmount", Nr.SYS_fsmount, context, dev.torpor.linux.Mount.FSMOUNT_CLOEXEC, 0);
        // A mount of fsmount(2) is open as a path only.
        try (NativeMemory here = NativeMemory.ofString(".")) {
          int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
          return (int) call("openat", Nr.SYS_openat, mount, here.address(), flags);
        } finally {
          Unistd.close(mount);
        }
      } finally {
        Unistd.close(context);
      }
    }
  }

  private static long call(String name, int nr, long first, long second, long third) {
    long result = Syscall.raw(nr, first, second, third, 0, 0, 0);
    if (Syscall.failed(result)) {
      ErrnoException cause = ErrnoException.of(result, name, first);
      throw new DumpException("looking at message queues: " + cause.getMessage(), cause);
    }
    return result;
  }

  /** Adds them to the images, behind all files. */
  static void add(
      CapturedImages images, int namespaceId, List<posix_mq_queue_entry.Builder> queues) {
    if (queues.isEmpty()) {
      return;
    }
    int last = 0;
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      last = Math.max(last, entry.getId());
    }
    for (posix_mq_queue_entry.Builder queue : queues) {
      last++;
      images.add(ImageType.FILES, MessageQueue.entry(queue.setId(last).setNsId(namespaceId)));
    }
  }

  /** Those of an image. */
  static List<posix_mq_queue_entry> read(ImageStore images, int namespaceId) {
    List<posix_mq_queue_entry> queues = new ArrayList<>();
    for (posix_mq_queue_entry queue : MessageQueue.all(images)) {
      if (queue.hasNsId() && queue.getNsId() == namespaceId) {
        queues.add(queue);
      }
    }
    return queues;
  }

  /** Appends the making of one. */
  static void make(Program program, posix_mq_queue_entry queue) {
    Op made = MessageQueue.make(program, MessageQueue.name(queue).substring(1), queue);
    program.call("restoring " + MessageQueue.subject(queue) + ": close", Nr.SYS_close).arg(made);
  }

  /**
   * Looks whether a namespace that is joined instead would lack any.
   *
   * @throws UnsupportedException if so
   */
  static void checkJoined(ImageStore images, int namespaceId) {
    for (posix_mq_queue_entry queue : read(images, namespaceId)) {
      throw new UnsupportedException(
          MessageQueue.subject(queue),
          "it comes back in a namespace of the tree's own only; restore without joining one");
    }
  }
}
