// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Directory;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Contribution;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.Words;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/**
 * Limits of System V IPC and POSIX message queues, ipc_namespaces(7). The objects themselves are
 * not carried yet.
 */
final class IpcNamespace implements NamespaceRoom {
  /** The kernel's number for "choose the next id yourself". */
  private static final int NO_NEXT_ID = -1;

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.IPC_VAR, ImageType.IPCNS_SHM, ImageType.IPCNS_MSG, ImageType.IPCNS_SEM);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.IPC;
  }

  @Override
  public boolean nests() {
    return true;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    namespace.ask(() -> refuseObjects(namespace.proc()));
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    ipc_var_entry limits =
        namespace.ask(
            () -> {
              refuseObjects(namespace.proc());
              return limits(namespace.proc().root() + "/sys/");
            });
    images.add(ImageType.IPC_VAR, namespace.id(), limits);
  }

  private static Void refuseObjects(ProcFs proc) {
    refuseObjects(proc, "shm", "shared memory segment", "ipcrm -m");
    refuseObjects(proc, "msg", "message queue", "ipcrm -q");
    refuseObjects(proc, "sem", "semaphore set", "ipcrm -s");
    refuseQueues();
    return null;
  }

  /** POSIX message queues are files of a file system, which need not be mounted anywhere. */
  private static void refuseQueues() {
    int mount = mountQueues();
    try {
      List<String> names = new Directory(mount).names();
      if (!names.isEmpty()) {
        throw new UnsupportedException(
            "POSIX message queue /" + names.get(0),
            "it is not carried; remove it before the dump, with mq_unlink(3)");
      }
    } finally {
      Unistd.close(mount);
    }
  }

  /** Of the thread's namespace; mounted nowhere, and gone with the descriptor. */
  private static int mountQueues() {
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

  /** /proc/sysvipc shows the reader's namespace: a heading, then one object per line. */
  private static void refuseObjects(ProcFs proc, String file, String kind, String remedy) {
    List<String> lines = Words.split(ProcFs.text(proc.root() + "/sysvipc/" + file), '\n');
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

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    for (ImageType type : List.of(ImageType.IPCNS_SHM, ImageType.IPCNS_MSG, ImageType.IPCNS_SEM)) {
      if (namespace.images().has(type, namespace.id())) {
        throw new UnsupportedException(
            type.fileName(namespace.id()), "objects of System V IPC are not brought back");
      }
    }
    ipc_var_entry limits = namespace.only(ImageType.IPC_VAR, ipc_var_entry.parser());
    return program -> new Writer(namespace, program).writeAll(limits);
  }

  /** Sets the limits of the task's own namespace. */
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
