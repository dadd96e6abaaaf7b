// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.image.proto.ipc_sem_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.linux.Directory;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.memory.SegmentImages;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Need;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Limits of IPC and all objects of System V, ipc_namespaces(7). POSIX message queues are refused.
 */
final class IpcNamespace implements NamespaceRoom {
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));

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
    namespace.ask(
        () -> {
          refuseQueues();
          ipc_var_entry limits = limits(namespace);
          SharedSegments.check(namespace.proc(), limits.getShmRmidForced() != 0);
          SemaphoreSets.capture(namespace.proc());
          MessageQueues.capture(namespace.proc(), limits.getMsgCtlmax());
          return null;
        });
  }

  private static ipc_var_entry limits(DumpedNamespace namespace) {
    return IpcLimits.read(namespace.proc().root() + "/sys/");
  }

  private record Captured(
      ipc_var_entry limits,
      List<ipc_shm_entry> segments,
      List<WithPayload<ipc_sem_entry>> sets,
      List<WithPayload<ipc_msg_entry>> queues) {}

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    Captured captured = namespace.ask(() -> capture(namespace));
    int id = namespace.id();
    images.add(ImageType.IPC_VAR, id, captured.limits);
    SharedSegments.add(images, id, captured.segments);
    for (WithPayload<ipc_sem_entry> set : captured.sets) {
      images.add(ImageType.IPCNS_SEM, id, set.entry(), set.payload());
    }
    for (WithPayload<ipc_msg_entry> queue : captured.queues) {
      images.add(ImageType.IPCNS_MSG, id, queue.entry(), queue.payload());
    }
  }

  private static Captured capture(DumpedNamespace namespace) {
    refuseQueues();
    ipc_var_entry limits = limits(namespace);
    boolean areForgotten = limits.getShmRmidForced() != 0;
    return new Captured(
        limits,
        SharedSegments.capture(namespace, namespace.segments(), areForgotten),
        SemaphoreSets.capture(namespace.proc()),
        MessageQueues.capture(namespace.proc(), limits.getMsgCtlmax()));
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

  @Override
  public void checkHosts(DumpedNamespace namespace) {
    HostSegments.check(namespace);
  }

  @Override
  public void writeHosts(DumpedNamespace namespace, CapturedImages images) {
    HostSegments.write(namespace, images);
  }

  @Override
  public Contribution readHosts(ReturnedNamespace namespace, Consumer<Need> takes) {
    List<ipc_shm_entry> segments = SegmentImages.of(namespace.images(), namespace.id());
    for (ipc_shm_entry segment : segments) {
      takes.accept(machine -> HostSegments.verify(PROC, segment));
    }
    return program -> {
      for (ipc_shm_entry segment : segments) {
        SharedSegments.refill(program, namespace, segment);
      }
    };
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    ipc_var_entry limits = namespace.only(ImageType.IPC_VAR, ipc_var_entry.parser());
    List<ipc_shm_entry> segments = SegmentImages.of(namespace.images(), namespace.id());
    List<WithPayload<ipc_sem_entry>> sets = SemaphoreSets.read(namespace.images(), namespace.id());
    List<WithPayload<ipc_msg_entry>> queues =
        MessageQueues.read(namespace.images(), namespace.id());
    return program -> {
      ipc_var_entry wide = IpcLimits.wide(limits, segments, sets, queues);
      if (!wide.equals(limits)) {
        IpcLimits.write(program, namespace, wide);
      }
      for (ipc_shm_entry segment : segments) {
        SharedSegments.make(program, namespace, segment);
      }
      for (WithPayload<ipc_sem_entry> set : sets) {
        SemaphoreSets.make(program, namespace, set);
      }
      for (WithPayload<ipc_msg_entry> queue : queues) {
        MessageQueues.make(program, namespace, queue);
      }
      IpcLimits.write(program, namespace, IpcLimits.withoutForgetting(limits));
    };
  }

  @Override
  public Contribution last(ReturnedNamespace namespace) {
    ipc_var_entry limits = namespace.only(ImageType.IPC_VAR, ipc_var_entry.parser());
    List<ipc_shm_entry> segments = SegmentImages.of(namespace.images(), namespace.id());
    return program -> {
      for (ipc_shm_entry segment : segments) {
        SharedSegments.remove(program, namespace, segment);
      }
      IpcLimits.forget(program, namespace, limits);
    };
  }

  @Override
  public void checkJoined(ReturnedNamespace namespace) {
    for (ImageType type : List.of(ImageType.IPCNS_SHM, ImageType.IPCNS_MSG, ImageType.IPCNS_SEM)) {
      if (namespace.images().has(type, namespace.id())) {
        throw new UnsupportedException(
            type.fileName(namespace.id()),
            "objects of System V IPC come back in a namespace of the tree's own only; restore"
                + " without joining one");
      }
    }
  }
}
