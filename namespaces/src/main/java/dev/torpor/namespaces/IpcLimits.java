// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.image.proto.ipc_sem_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.image.proto.posix_mq_queue_entry;
import dev.torpor.inject.Program;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.Words;
import java.util.List;

/** The limits of an IPC namespace: files below /proc/sys that show the reader's. */
final class IpcLimits {
  /** The kernel's number for "choose the next id yourself". */
  private static final int NO_NEXT_ID = -1;

  private IpcLimits() {}

  /**
   * Reads them.
   *
   * @param sys path of /proc/sys, with a slash
   */
  static ipc_var_entry read(String sys) {
    ipc_var_entry.Builder limits = ipc_var_entry.newBuilder();
    String sem = sys + "kernel/sem";
    List<String> sems = Words.of(ProcFs.text(sem));
    if (sems.size() != 4) {
      throw new ProcException(sem, ProcFs.text(sem), "four numbers");
    }
    for (String number : sems) {
      limits.addSemCtls(Integer.parseUnsignedInt(number));
    }
    limits
        .setMsgCtlmax(number(sys + "kernel/msgmax"))
        .setMsgCtlmnb(number(sys + "kernel/msgmnb"))
        .setMsgCtlmni(number(sys + "kernel/msgmni"))
        .setAutoMsgmni(number(sys + "kernel/auto_msgmni"))
        .setShmCtlmax(longNumber(sys + "kernel/shmmax"))
        .setShmCtlall(longNumber(sys + "kernel/shmall"))
        .setShmCtlmni(number(sys + "kernel/shmmni"))
        .setShmRmidForced(number(sys + "kernel/shm_rmid_forced"))
        .setMqQueuesMax(number(sys + "fs/mqueue/queues_max"))
        .setMqMsgMax(number(sys + "fs/mqueue/msg_max"))
        .setMqMsgsizeMax(number(sys + "fs/mqueue/msgsize_max"))
        .setMqMsgDefault(number(sys + "fs/mqueue/msg_default"))
        .setMqMsgsizeDefault(number(sys + "fs/mqueue/msgsize_default"));
    nextIds(sys, limits);
    return limits.build();
  }

  private static void nextIds(String sys, ipc_var_entry.Builder limits) {
    int msg = number(sys + "kernel/msg_next_id");
    int sem = number(sys + "kernel/sem_next_id");
    int shm = number(sys + "kernel/shm_next_id");
    if (msg != NO_NEXT_ID) {
      limits.setMsgNextId(msg);
    }
    if (sem != NO_NEXT_ID) {
      limits.setSemNextId(sem);
    }
    if (shm != NO_NEXT_ID) {
      limits.setShmNextId(shm);
    }
  }

  private static int number(String path) {
    return (int) longNumber(path);
  }

  private static long longNumber(String path) {
    String text = ProcFs.text(path).trim();
    try {
      return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      ProcException malformed = new ProcException(path, text, "a number");
      malformed.addSuppressed(e);
      throw malformed;
    }
  }

  /** Those that objects can be made with which were made when the limits were others. */
  static ipc_var_entry wide(
      ipc_var_entry limits,
      List<ipc_shm_entry> segments,
      List<WithPayload<ipc_sem_entry>> sets,
      List<WithPayload<ipc_msg_entry>> queues) {
    ipc_var_entry.Builder wide = withoutForgetting(limits).toBuilder();
    for (ipc_shm_entry segment : segments) {
      wide.setShmCtlmax(larger(wide.getShmCtlmax(), segment.getSize()));
    }
    wide.setShmCtlmni((int) larger(wide.getShmCtlmni(), segments.size()));
    long semaphores = 0;
    for (WithPayload<ipc_sem_entry> set : sets) {
      wide.setSemCtls(0, (int) larger(wide.getSemCtls(0), set.entry().getNsems()));
      semaphores += set.entry().getNsems();
    }
    wide.setSemCtls(1, (int) larger(wide.getSemCtls(1), semaphores));
    wide.setSemCtls(3, (int) larger(wide.getSemCtls(3), sets.size()));
    for (WithPayload<ipc_msg_entry> queue : queues) {
      // Only CAP_SYS_RESOURCE could give a queue more.
      int most = (int) larger(queue.entry().getQbytes(), queue.payload().length);
      wide.setMsgCtlmnb((int) larger(wide.getMsgCtlmnb(), most));
      wide.setMsgCtlmax((int) larger(wide.getMsgCtlmax(), queue.payload().length));
    }
    return wide.setMsgCtlmni((int) larger(wide.getMsgCtlmni(), queues.size())).build();
  }

  /** The same of POSIX message queues. */
  static ipc_var_entry wide(ipc_var_entry limits, List<posix_mq_queue_entry> queues) {
    ipc_var_entry.Builder wide = limits.toBuilder();
    for (posix_mq_queue_entry queue : queues) {
      wide.setMqMsgMax((int) larger(wide.getMqMsgMax(), queue.getMaxMessages()))
          .setMqMsgsizeMax((int) larger(wide.getMqMsgsizeMax(), queue.getMessageBytes()));
    }
    return wide.setMqQueuesMax((int) larger(wide.getMqQueuesMax(), queues.size())).build();
  }

  private static long larger(long one, long other) {
    return Long.compareUnsigned(one, other) > 0 ? one : other;
  }

  /**
   * While nobody has attached them yet, segments must not be forgotten for it; nor is an id told.
   */
  static ipc_var_entry withoutForgetting(ipc_var_entry limits) {
    return limits.toBuilder().setShmRmidForced(0).build();
  }

  /** Appends the limit that had to wait until all is attached. */
  static void forget(Program program, ReturnedNamespace namespace, ipc_var_entry limits) {
    if (limits.getShmRmidForced() != 0) {
      FileWrite.append(
          program,
          "setting sysctl kernel.shm_rmid_forced",
          namespace.facts().get(ProcDescriptor.class).number(),
          "sys/kernel/shm_rmid_forced",
          Integer.toUnsignedString(limits.getShmRmidForced()));
    }
  }

  /** Appends the calls that set all. */
  static void write(Program program, ReturnedNamespace namespace, ipc_var_entry limits) {
    new Writer(namespace, program).writeAll(limits);
  }

  private record Writer(ReturnedNamespace namespace, Program program) {
    void writeAll(ipc_var_entry limits) {
      StringBuilder sems = new StringBuilder();
      for (int i = 0; i < limits.getSemCtlsCount(); i++) {
        sems.append(i == 0 ? "" : " ").append(Integer.toUnsignedString(limits.getSemCtls(i)));
      }
      put("kernel/sem", sems.toString());
      put("kernel/msgmax", limits.getMsgCtlmax());
      put("kernel/msgmnb", limits.getMsgCtlmnb());
      put("kernel/msgmni", limits.getMsgCtlmni());
      if (limits.getAutoMsgmni() != 0) {
        put("kernel/auto_msgmni", limits.getAutoMsgmni());
      }
      put("kernel/shmmax", Long.toUnsignedString(limits.getShmCtlmax()));
      put("kernel/shmall", Long.toUnsignedString(limits.getShmCtlall()));
      put("kernel/shmmni", limits.getShmCtlmni());
      put("kernel/shm_rmid_forced", limits.getShmRmidForced());
      put("fs/mqueue/queues_max", limits.getMqQueuesMax());
      put("fs/mqueue/msg_max", limits.getMqMsgMax());
      put("fs/mqueue/msgsize_max", limits.getMqMsgsizeMax());
      if (limits.hasMqMsgDefault()) {
        put("fs/mqueue/msg_default", limits.getMqMsgDefault());
      }
      if (limits.hasMqMsgsizeDefault()) {
        put("fs/mqueue/msgsize_default", limits.getMqMsgsizeDefault());
      }
      if (limits.hasMsgNextId()) {
        put("kernel/msg_next_id", limits.getMsgNextId());
      }
      if (limits.hasSemNextId()) {
        put("kernel/sem_next_id", limits.getSemNextId());
      }
      if (limits.hasShmNextId()) {
        put("kernel/shm_next_id", limits.getShmNextId());
      }
    }

    private void put(String name, int value) {
      put(name, Integer.toUnsignedString(value));
    }

    private void put(String name, String value) {
      namespace.setSysctl(program, name, value);
    }
  }
}
