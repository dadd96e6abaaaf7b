// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.image.proto.ipc_sem_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.image.proto.posix_mq_queue_entry;
import dev.torpor.memory.SegmentImages;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Need;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Limits of IPC, all objects of System V, and POSIX message queues, ipc_namespaces(7). */
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
          PosixQueues.check();
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
      List<WithPayload<ipc_msg_entry>> queues,
      List<posix_mq_queue_entry.Builder> posixQueues) {}

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    Captured captured = namespace.ask(() -> capture(namespace, images));
    int id = namespace.id();
    images.add(ImageType.IPC_VAR, id, captured.limits);
    SharedSegments.add(images, id, captured.segments);
    for (WithPayload<ipc_sem_entry> set : captured.sets) {
      images.add(ImageType.IPCNS_SEM, id, set.entry(), set.payload());
    }
    for (WithPayload<ipc_msg_entry> queue : captured.queues) {
      images.add(ImageType.IPCNS_MSG, id, queue.entry(), queue.payload());
    }
    PosixQueues.add(images, id, captured.posixQueues);
  }

  private static Captured capture(DumpedNamespace namespace, ImageStore images) {
    ipc_var_entry limits = limits(namespace);
    boolean areForgotten = limits.getShmRmidForced() != 0;
    return new Captured(
        limits,
        SharedSegments.capture(namespace, namespace.segments(), areForgotten),
        SemaphoreSets.capture(namespace.proc()),
        MessageQueues.capture(namespace.proc(), limits.getMsgCtlmax()),
        PosixQueues.capture(images));
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
    List<posix_mq_queue_entry> posixQueues = PosixQueues.read(namespace.images(), namespace.id());
    return program -> {
      ipc_var_entry wide =
          IpcLimits.wide(IpcLimits.wide(limits, posixQueues), segments, sets, queues);
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
      for (posix_mq_queue_entry queue : posixQueues) {
        PosixQueues.make(program, queue);
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
    PosixQueues.checkJoined(namespace.images(), namespace.id());
  }
}
