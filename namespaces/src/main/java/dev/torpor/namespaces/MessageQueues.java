// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.SysvIpc;
import dev.torpor.linux.SysvIpc.Msqid64Ds;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.List;

/**
 * Message queues of System V, msgget(2). Who sent and received last and when comes back as the
 * restorer and now.
 */
final class MessageQueues {
  private MessageQueues() {}

  /**
   * All queues of the namespace that the thread is in, with their messages as the image has them.
   *
   * @param longestBytes kernel.msgmax there: no longer message can be looked at
   */
  static List<WithPayload<ipc_msg_entry>> capture(ProcFs proc, int longestBytes) {
    SysvTable table = SysvTable.read(proc, "msg", "msqid");
    List<WithPayload<ipc_msg_entry>> queues = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      int id = table.id(i);
      List<SysvMessage> messages = new ArrayList<>();
      long left = table.number(i, "cbytes");
      for (int number = 0; number < table.number(i, "qnum"); number++) {
        SysvMessage message = SysvMessage.copy(subject(id), id, number, longestBytes);
        messages.add(message);
        left -= message.text().size();
      }
      if (left != 0) {
        throw new UnsupportedException(
            subject(id), "it changed while it was looked at, by a process outside of the tree");
      }
      queues.add(
          new WithPayload<>(
              ipc_msg_entry
                  .newBuilder()
                  .setDesc(table.description(i))
                  .setQbytes(mostBytes(id))
                  .setQnum(messages.size())
                  .build(),
              SysvMessage.encode(messages)));
    }
    return queues;
  }

  private static int mostBytes(int id) {
    try (NativeMemory status = NativeMemory.allocate(Msqid64Ds.SIZEOF)) {
      SysvCall.call(subject(id), "msgctl", Nr.SYS_msgctl, id, SysvIpc.IPC_STAT, status.address());
      return (int) status.getLong(Msqid64Ds.msg_qbytes);
    }
  }

  private static String subject(int id) {
    return "System V message queue " + id;
  }

  /** The queues of an image. */
  static List<WithPayload<ipc_msg_entry>> read(ImageStore images, int namespaceId) {
    return images.withPayload(
        ImageType.IPCNS_MSG,
        namespaceId,
        ipc_msg_entry.parser(),
        (ipc_msg_entry queue, ImageReader image) ->
            SysvMessage.encode(SysvMessage.read(image, queue.getQnum())));
  }

  /** Appends the making of a queue. */
  static void make(
      Program program, ReturnedNamespace namespace, WithPayload<ipc_msg_entry> captured) {
    ipc_msg_entry queue = captured.entry();
    int id = queue.getDesc().getId();
    SysvObject object = new SysvObject(namespace, subject(id), queue.getDesc());
    object.make(program, "msg", Nr.SYS_msgget, (call, flags) -> call.arg(flags));
    Data status =
        object
            .permissions(program, Msqid64Ds.SIZEOF)
            .putLong(Msqid64Ds.msg_qbytes, Integer.toUnsignedLong(queue.getQbytes()));
    object.call(program, "msgctl IPC_SET", Nr.SYS_msgctl).arg(id).arg(SysvIpc.IPC_SET).arg(status);
    for (SysvMessage message : SysvMessage.decode(captured.payload())) {
      Data both =
          program
              .reserve(Long.BYTES + message.text().size())
              .putLong(0, message.type())
              .putBytes(Long.BYTES, message.text().toByteArray());
      object
          .call(program, "msgsnd", Nr.SYS_msgsnd)
          .arg(id)
          .arg(both)
          .arg(message.text().size())
          .arg(SysvIpc.IPC_NOWAIT);
    }
  }
}
