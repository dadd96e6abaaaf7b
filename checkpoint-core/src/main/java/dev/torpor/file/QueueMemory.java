// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.posix_mq_message_entry;
import dev.torpor.linux.Mman;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * What waits in a POSIX message queue, and who is to be told: struct mqueue_inode_info of
 * ipc/mqueue.c, as it is since Linux 5.9. There is no call that looks at a message without taking
 * it, and one that was taken is lost if whoever took it is killed.
 */
final class QueueMemory implements AutoCloseable {
  private static final String QUEUE = "mqueue_inode_info";
  private static final String LEAF = "posix_msg_tree_node";
  private static final String MESSAGE = "msg_msg";

  private final String subject;
  private final KernelFile file;
  private final KernelTypes types;
  private final KernelMemory memory;
  private final long inode;
  private final long queue;

  /**
   * Looks at the queue of one of Torpor's own descriptors.
   *
   * @throws UnsupportedException if the kernel does not let us
   */
  QueueMemory(String subject, int fd) {
    this.subject = subject;
    file = KernelFile.of(subject, fd, "what waits in a message queue", "");
    types = file.types();
    memory = file.memory();
    inode = memory.pointer(file.address(), "file", "f_inode");
    queue = inode - types.offset(QUEUE, "vfs_inode");
  }

  /** The inode number of its IPC namespace, as in {@code ipc:[4026531839]}. */
  long namespace() {
    long superblock = memory.pointer(inode, "inode", "i_sb");
    long namespace = memory.pointer(superblock, "super_block", "s_fs_info");
    int ns = types.offset("ipc_namespace", "ns");
    return memory.number(namespace + ns, "ns_common", "inum");
  }

  /** Whether anybody is to be told of the next message, mq_notify(3). */
  boolean hasNotification() {
    return memory.pointer(queue, QUEUE, "notify_owner") != 0;
  }

  /** What comes with the signal. */
  long notificationValue() {
    return memory.pointer(queue, QUEUE, "notify");
  }

  /**
   * All messages, that first which would be received first.
   *
   * @param count how many they are
   */
  List<posix_mq_message_entry> messages(long count) {
    List<posix_mq_message_entry> messages = new ArrayList<>();
    long root = queue + types.offset(QUEUE, "msg_tree");
    addAll(memory.pointer(root, "rb_root", "rb_node"), count, messages);
    long bytes = 0;
    for (posix_mq_message_entry message : messages) {
      bytes += message.getText().size();
    }
    if (messages.size() != count || bytes != memory.pointer(queue, QUEUE, "qsize")) {
      throw changed();
    }
    return messages;
  }

  /** The tree has a leaf for each priority, higher ones on the right. */
  private void addAll(long node, long count, List<posix_mq_message_entry> messages) {
    if (node == 0) {
      return;
    }
    addAll(memory.pointer(node, "rb_node", "rb_right"), count, messages);
    long leaf = node - types.offset(LEAF, "rb_node");
    int priority = (int) memory.number(leaf, LEAF, "priority");
    long head = leaf + types.offset(LEAF, "msg_list");
    for (long link = memory.readLong(head); link != head; link = memory.readLong(link)) {
      if (messages.size() == count) {
        throw changed();
      }
      ByteString text = text(link - types.offset(MESSAGE, "m_list"));
      messages.add(posix_mq_message_entry.newBuilder().setPriority(priority).setText(text).build());
    }
    addAll(memory.pointer(node, "rb_node", "rb_left"), count, messages);
  }

  /** What a page has no room for is in others (ipc/msgutil.c). */
  private ByteString text(long message) {
    long length = memory.pointer(message, MESSAGE, "m_ts");
    ByteBuffer text =
        ByteBuffer.allocate(Math.toIntExact(length + Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    long part = message;
    int header = types.size(MESSAGE);
    int next = types.offset(MESSAGE, "next");
    while (text.position() < length) {
      int end = (int) Math.min(length, text.position() + Mman.PAGE_SIZE - header);
      for (long at = part + header; text.position() < end; at += Long.BYTES) {
        text.putLong(memory.readLong(at));
      }
      text.position(end);
      part = memory.readLong(part + next);
      header = types.size("msg_msgseg");
      next = types.offset("msg_msgseg", "next");
    }
    return ByteString.copyFrom(text.array(), 0, (int) length);
  }

  private UnsupportedException changed() {
    return new UnsupportedException(
        subject,
        "a process outside of the tree changed the message queue while it was looked at, or this"
            + " kernel keeps it in another way than is known; try again");
  }

  @Override
  public void close() {
    file.close();
  }
}
