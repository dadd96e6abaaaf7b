// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Limits of System V IPC and POSIX message queues, ipc_namespaces(7). The objects themselves are
 * not carried yet.
 */
final class IpcNamespace implements NamespaceRoom {
  /** The kernel's number for "choose the next id yourself". */
  private static final int NO_NEXT_ID = -1;

  private final TreeIds ids;

  IpcNamespace(TreeIds ids) {
    this.ids = ids;
  }

  @Override
  public void check() {
    ask(this::refuseObjects);
  }

  @Override
  public void write(ImageDirectory images) throws IOException {
    ipc_var_entry limits =
        ask(
            () -> {
              refuseObjects();
              return limits(ids.proc().root() + "/sys/");
            });
    try (ImageWriter writer = images.write(ImageType.IPC_VAR, ids.id(NamespaceKind.IPC))) {
      writer.write(limits);
    }
  }

  private <T> T ask(Visit.Question<T> question) {
    return Visit.in(ids.rootPid(), NamespaceKind.IPC.cloneFlag(), question);
  }

  private Void refuseObjects() {
    refuseObjects("shm", "shared memory segment", "ipcrm -m");
    refuseObjects("msg", "message queue", "ipcrm -q");
    refuseObjects("sem", "semaphore set", "ipcrm -s");
    return null;
  }

  /** /proc/sysvipc shows the reader's namespace: a heading, then one object per line. */
  private void refuseObjects(String file, String kind, String remedy) {
    List<String> lines = Words.split(ProcFs.text(ids.proc().root() + "/sysvipc/" + file), '\n');
    if (lines.size() > 1 && !lines.get(1).isBlank()) {
      List<String> words = Words.of(lines.get(1));
      throw new UnsupportedException(
          "System V " + kind + " with key " + words.get(0) + " and id " + words.get(1),
          "it is not carried; remove it before the dump (" + remedy + " " + words.get(1) + ")");
    }
  }

  private static ipc_var_entry limits(String sys) {
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

  /**
   * Appends the writing of all limits. Must run while the caller still sees a /proc, and after it
   * got its namespace.
   */
  static void plan(ipc_var_entry limits, Program program) {
    StringBuilder sems = new StringBuilder();
    for (int i = 0; i < limits.getSemCtlsCount(); i++) {
      sems.append(i == 0 ? "" : " ").append(Integer.toUnsignedString(limits.getSemCtls(i)));
    }
    put(program, "kernel/sem", sems.toString());
    put(program, "kernel/msgmax", limits.getMsgCtlmax());
    put(program, "kernel/msgmnb", limits.getMsgCtlmnb());
    put(program, "kernel/msgmni", limits.getMsgCtlmni());
    if (limits.getAutoMsgmni() != 0) {
      put(program, "kernel/auto_msgmni", limits.getAutoMsgmni());
    }
    put(program, "kernel/shmmax", Long.toUnsignedString(limits.getShmCtlmax()));
    put(program, "kernel/shmall", Long.toUnsignedString(limits.getShmCtlall()));
    put(program, "kernel/shmmni", limits.getShmCtlmni());
    put(program, "kernel/shm_rmid_forced", limits.getShmRmidForced());
    put(program, "fs/mqueue/queues_max", limits.getMqQueuesMax());
    put(program, "fs/mqueue/msg_max", limits.getMqMsgMax());
    put(program, "fs/mqueue/msgsize_max", limits.getMqMsgsizeMax());
    if (limits.hasMqMsgDefault()) {
      put(program, "fs/mqueue/msg_default", limits.getMqMsgDefault());
    }
    if (limits.hasMqMsgsizeDefault()) {
      put(program, "fs/mqueue/msgsize_default", limits.getMqMsgsizeDefault());
    }
    if (limits.hasMsgNextId()) {
      put(program, "kernel/msg_next_id", limits.getMsgNextId());
    }
    if (limits.hasSemNextId()) {
      put(program, "kernel/sem_next_id", limits.getSemNextId());
    }
    if (limits.hasShmNextId()) {
      put(program, "kernel/shm_next_id", limits.getShmNextId());
    }
  }

  private static void put(Program program, String name, int value) {
    put(program, name, Integer.toUnsignedString(value));
  }

  private static void put(Program program, String name, String value) {
    String purpose = "setting sysctl " + name.replace('/', '.') + " to " + value;
    Op fd =
        program
            .call(purpose + ": opening it", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string("/proc/sys/" + name))
            .arg(Fcntl.O_WRONLY | Fcntl.O_CLOEXEC);
    byte[] text = value.getBytes(StandardCharsets.US_ASCII);
    program
        .call(purpose, Nr.SYS_write)
        .arg(fd)
        .arg(program.bytes(text))
        .arg(text.length)
        .expect(text.length);
    program.call(purpose + ": closing it", Nr.SYS_close).arg(fd);
  }
}
