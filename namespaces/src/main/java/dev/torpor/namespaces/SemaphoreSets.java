// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.ipc_sem_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.SysvIpc;
import dev.torpor.linux.SysvIpc.Sembuf;
import dev.torpor.linux.SysvIpc.Semid64Ds;
import dev.torpor.proc.ProcFs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Semaphores of System V, semget(2). Who used a semaphore last and when comes back as the restorer
 * and now; that it was never used stays so, because programs wait for it to be.
 */
final class SemaphoreSets {
  private SemaphoreSets() {}

  /** All sets of the namespace that the thread is in, with their values as the image has them. */
  static List<WithPayload<ipc_sem_entry>> capture(ProcFs proc) {
    SysvTable table = SysvTable.read(proc, "sem", "semid");
    List<WithPayload<ipc_sem_entry>> sets = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      ipc_sem_entry.Builder set =
          ipc_sem_entry
              .newBuilder()
              .setDesc(table.description(i))
              .setNsems((int) table.number(i, "nsems"));
      long otime = table.number(i, "otime");
      if (otime != 0) {
        set.setOtime(otime);
      }
      sets.add(new WithPayload<>(set.build(), values(set)));
    }
    return sets;
  }

  private static byte[] values(ipc_sem_entry.Builder set) {
    try (NativeMemory values = NativeMemory.allocate(payloadBytes(set.getNsems()))) {
      int id = set.getDesc().getId();
      SysvCall.call(subject(id), "semctl", Nr.SYS_semctl, id, 0, SysvIpc.GETALL, values.address());
      return values.getBytes(0, values.lengthBytes());
    }
  }

  private static int payloadBytes(int count) {
    return (count * Short.BYTES + Long.BYTES - 1) & -Long.BYTES;
  }

  private static String subject(int id) {
    return "System V semaphore set " + id;
  }

  /** The sets of an image. */
  static List<WithPayload<ipc_sem_entry>> read(ImageStore images, int namespaceId) {
    return images.withPayload(
        ImageType.IPCNS_SEM,
        namespaceId,
        ipc_sem_entry.parser(),
        (ipc_sem_entry set) -> payloadBytes(set.getNsems()));
  }

  /** Appends the making of a set. */
  static void make(
      Program program, ReturnedNamespace namespace, WithPayload<ipc_sem_entry> captured) {
    ipc_sem_entry set = captured.entry();
    int id = set.getDesc().getId();
    SysvObject object = new SysvObject(namespace, subject(id), set.getDesc());
    object.make(
        program, "sem", Nr.SYS_semget, (call, flags) -> call.arg(set.getNsems()).arg(flags));
    if (set.getOtime() != 0) {
      use(program, object, id);
    }
    Data values = program.bytes(Arrays.copyOf(captured.payload(), set.getNsems() * Short.BYTES));
    control(program, object, "SETALL", SysvIpc.SETALL, values);
    control(
        program, object, "IPC_SET", SysvIpc.IPC_SET, object.permissions(program, Semid64Ds.SIZEOF));
  }

  private static void control(
      Program program, SysvObject object, String name, int command, Data argument) {
    object
        .call(program, "semctl " + name, Nr.SYS_semctl)
        .arg(object.description().getId())
        .arg(0)
        .arg(command)
        .arg(argument);
  }

  /** Up and down again: of a set that was used, a program takes it that it is ready. */
  private static void use(Program program, SysvObject object, int id) {
    ByteBuffer operations = ByteBuffer.allocate(2 * Sembuf.SIZEOF).order(ByteOrder.nativeOrder());
    operations.putShort(Sembuf.sem_op, (short) 1);
    operations.putShort(Sembuf.SIZEOF + Sembuf.sem_op, (short) -1);
    object
        .call(program, "semop", Nr.SYS_semop)
        .arg(id)
        .arg(program.bytes(operations.array()))
        .arg(2);
  }
}
