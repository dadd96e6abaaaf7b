// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.sk_ucred_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.image.proto.unix_waiting_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;

/**
 * Connections that wait to be accepted from a listening Unix socket. Who made them, and what was
 * sent already, can be seen by nobody without accepting them; so it is read from the memory of the
 * kernel: struct unix_sock, struct sk_buff.
 */
final class AcceptQueue implements AutoCloseable {
  private static final String WAY_OUT = "; let the program accept it before the dump";
  private static final int LONGEST = 1 << 16;

  private final Descriptor listener;
  private final FileCapture capture;
  private final KernelFile file;
  private final KernelTypes types;
  private final KernelMemory memory;

  private AcceptQueue(Descriptor listener, FileCapture capture) {
    this.listener = listener;
    this.capture = capture;
    this.file =
        KernelFile.of(
            listener.subject(),
            listener.borrowed(),
            "of connections that wait to be accepted",
            WAY_OUT);
    this.types = file.types();
    this.memory = file.memory();
  }

  /**
   * Captures what waits, when the tree stands still.
   *
   * @throws UnsupportedException if the kernel does not let us look, or for what cannot be carried
   */
  static void capture(
      Descriptor listener, unix_sk_entry.Builder socket, UnixSockets all, FileCapture capture) {
    if (Rehearsal.of(capture.context())) {
      return;
    }
    try (AcceptQueue queue = new AcceptQueue(listener, capture)) {
      queue.capture(socket);
    }
    capture.atEnd(() -> checkClients(listener, socket, all));
  }

  private static void checkClients(
      Descriptor listener, unix_sk_entry.Builder socket, UnixSockets all) {
    for (unix_waiting_entry waiting : socket.getWaitingList()) {
      if (waiting.getClient() != 0 && !all.captured.containsKey(waiting.getClient())) {
        throw refused(
            listener,
            "a connection waits to be accepted from socket "
                + Integer.toUnsignedString(waiting.getClient())
                + ", which is outside of what is dumped");
      }
    }
  }

  private static UnsupportedException refused(Descriptor listener, String why) {
    return new UnsupportedException(listener.subject(), why + WAY_OUT);
  }

  private void capture(unix_sk_entry.Builder socket) {
    long sock = file.privateData();
    long queue = memory.pointer(sock, "socket", "sk") + types.offset("sock", "sk_receive_queue");
    int count = 0;
    for (long skb = memory.readLong(queue); skb != queue; skb = memory.readLong(skb)) {
      limit(++count);
      socket.addWaiting(waiting(memory.pointer(skb, "sk_buff", "sk")));
    }
  }

  private void limit(int count) {
    if (count > LONGEST) {
      throw refused(listener, "its queue in the kernel is not as is known of others");
    }
  }

  private unix_waiting_entry waiting(long embryo) {
    if (memory.pointer(embryo, "unix_sock", "oob_skb") != 0) {
      throw refused(listener, "a connection waits to be accepted that has urgent data (MSG_OOB)");
    }
    int id = capture.newId();
    long queue = embryo + types.offset("sock", "sk_receive_queue");
    int count = 0;
    for (long skb = memory.readLong(queue); skb != queue; skb = memory.readLong(skb)) {
      limit(++count);
      message(skb, id);
    }
    long cred = memory.pointer(embryo, "sock", "sk_peer_cred");
    return unix_waiting_entry
        .newBuilder()
        .setClient(client(memory.pointer(embryo, "unix_sock", "peer")))
        .setPeercred(
            sk_ucred_entry
                .newBuilder()
                .setPid(0)
                .setUid((int) memory.number(cred, "cred", "euid"))
                .setGid((int) memory.number(cred, "cred", "egid")))
        .setQueue(id)
        .build();
  }

  /** The inode of the socket that has connected, 0 if it is closed. */
  private int client(long peer) {
    long socket = memory.pointer(peer, "sock", "sk_socket");
    if (socket == 0) {
      if (memory.pointer(peer, "unix_sock", "addr") != 0) {
        throw refused(
            listener, "a connection waits to be accepted from who had a name and is gone");
      }
      return 0;
    }
    return (int)
        memory.pointer(socket + types.offset("socket_alloc", "vfs_inode"), "inode", "i_ino");
  }

  private void message(long skb, int id) {
    long control = skb + types.offset("sk_buff", "cb");
    if (memory.pointer(control, "unix_skb_parms", "fp") != 0) {
      throw refused(listener, "descriptors were sent to a connection that waits to be accepted");
    }
    if (memory.number(skb, "sk_buff", "data_len") != 0) {
      throw refused(listener, "too much in one piece was sent to a connection that waits");
    }
    int length = (int) memory.number(skb, "sk_buff", "len");
    sk_packet_entry.Builder packet = sk_packet_entry.newBuilder().setIdFor(id).setLength(length);
    long pid = memory.pointer(control, "unix_skb_parms", "pid");
    if (pid != 0) {
      packet.setUcred(
          sk_ucred_entry
              .newBuilder()
              .setPid(imagePid(pid))
              .setUid((int) memory.number(control, "unix_skb_parms", "uid"))
              .setGid((int) memory.number(control, "unix_skb_parms", "gid")));
    }
    byte[] data = memory.bytes(memory.pointer(skb, "sk_buff", "data"), length);
    capture.images().add(ImageType.SK_QUEUES, packet.build(), data);
  }

  /** The kernel's number of a process is that of the outermost namespace. */
  private int imagePid(long pid) {
    long own = memory.pointer(memory.currentTask(), "task_struct", "thread_pid");
    int outermost = types.offset("pid", "numbers");
    int imagePid =
        memory.readInt(own + outermost) == Unistd.gettid()
            ? capture.context().pids().imagePid((int) memory.readInt(pid + outermost))
            : 0;
    if (imagePid == 0) {
      throw refused(
          listener, "a connection waits to be accepted to which a task outside has sent something");
    }
    return imagePid;
  }

  @Override
  public void close() {
    file.close();
  }
}
