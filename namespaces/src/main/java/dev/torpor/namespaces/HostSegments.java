// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.linux.SysvIpc;
import dev.torpor.memory.SegmentImages;
import dev.torpor.proc.ProcFs;

/**
 * System V shared memory of the host's own IPC namespace that nobody but the tree has attached. It
 * stays where it is when the tree ends, as when programs end that had it; the restored tree finds
 * it, gives it the content that it had, and attaches it again. CRIU refuses it.
 */
final class HostSegments {
  private HostSegments() {}

  /**
   * Refuses, while the tree still runs, what would not stay.
   *
   * @param namespace Torpor's own
   */
  static void check(DumpedNamespace namespace) {
    for (int id : namespace.segments().attached(namespace.id())) {
      SysvTable table = table(namespace.proc());
      find(table, id);
    }
  }

  /** Adds them to the image of a namespace that no restore makes, which CRIU does not read. */
  static void write(DumpedNamespace namespace, CapturedImages images) {
    for (int id : namespace.segments().attached(namespace.id())) {
      SysvTable table = table(namespace.proc());
      int index = find(table, id);
      refuseOthers(
          id, table.number(index, "nattch"), namespace.segments().count(namespace.id(), id));
      ipc_shm_entry segment =
          ipc_shm_entry
              .newBuilder()
              .setDesc(table.description(index))
              .setSize(table.number(index, "size"))
              .setPagesId((long) namespace.id() << Integer.SIZE | Integer.toUnsignedLong(id))
              .setCtime(table.number(index, "ctime"))
              .build();
      namespace
          .segments()
          .dump(segment.getPagesId(), namespace.segments().path(namespace.id(), id));
      images.add(ImageType.IPCNS_SHM, namespace.id(), segment, new byte[0]);
    }
  }

  private static SysvTable table(ProcFs proc) {
    return SysvTable.read(proc, "shm", "shmid");
  }

  private static int find(SysvTable table, int id) {
    int index = table.find(id);
    if (index < 0) {
      throw refused(id, "a task has it attached and has left its IPC namespace since");
    }
    if ((table.mode(index) & SysvIpc.SHM_DEST) != 0) {
      throw refused(id, "it is marked for removal (IPC_RMID), and would end with the tree");
    }
    if (isForgetful()) {
      throw refused(id, "it would end with the tree (sysctl kernel.shm_rmid_forced)");
    }
    return index;
  }

  private static boolean isForgetful() {
    return !ProcFs.text("/proc/sys/kernel/shm_rmid_forced").trim().equals("0");
  }

  private static void refuseOthers(int id, long attachments, int own) {
    if (attachments != own) {
      throw refused(
          id,
          "processes outside of the tree have it attached too ("
              + (attachments - own)
              + " of "
              + attachments
              + " attachments); end those");
    }
  }

  private static UnsupportedException refused(int id, String why) {
    return new UnsupportedException(
        "System V shared memory segment " + id + " of the IPC namespace of this host",
        why + ", or start the program in an IPC namespace of its own (a container, unshare --ipc)");
  }

  /**
   * Looks whether a segment is still there as the tree left it.
   *
   * @throws RestoreException if it is not
   */
  static void verify(ProcFs proc, ipc_shm_entry segment) {
    SysvTable table = table(proc);
    int index = table.find(segment.getDesc().getId());
    if (index < 0
        || !table.description(index).equals(segment.getDesc())
        || table.number(index, "size") != segment.getSize()
        || table.number(index, "ctime") != segment.getCtime()) {
      throw new RestoreException(
          SegmentImages.subject(segment)
              + " was of the host's IPC namespace and is not there any more, or is another; restore"
              + " on the machine that it was dumped on, since it was started");
    }
    if (table.number(index, "nattch") != 0) {
      throw new RestoreException(
          SegmentImages.subject(segment)
              + " of the host's IPC namespace is attached by others; end those, which ipcs -m -p"
              + " tells, and restore again");
    }
    if (isForgetful()) {
      throw new RestoreException(
          SegmentImages.subject(segment)
              + " would end when it is filled; set sysctl kernel.shm_rmid_forced to 0");
    }
  }
}
