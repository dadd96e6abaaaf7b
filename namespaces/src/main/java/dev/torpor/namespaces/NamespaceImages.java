// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.pidns_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.image.proto.timens_entry;
import dev.torpor.image.proto.utsns_entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What images say of the root task's namespaces.
 *
 * @param parts the kinds that are part of the checkpoint
 * @param mounts the mounts, the oldest first; empty without a mount namespace
 * @param uts null without
 * @param ipc null without
 * @param net null if the namespace was dumped empty
 * @param devices of the network namespace
 * @param pid null unless the namespace is given at the restore
 * @param time null in images of a kernel without time namespaces
 */
record NamespaceImages(
    Set<NamespaceKind> parts,
    List<Mount> mounts,
    utsns_entry uts,
    ipc_var_entry ipc,
    netns_entry net,
    List<net_device_entry> devices,
    pidns_entry pid,
    timens_entry time) {
  /** The number of timens.img where the namespace was the dumper's own. */
  private static final int OWN_TIME = 0;

  /**
   * Reads all of them.
   *
   * @param own the numbers of the dumper's namespaces, {@code root_ids} of the inventory
   * @param root the numbers of the root task's
   * @throws UnsupportedException for what Torpor cannot bring back
   */
  static NamespaceImages read(
      ImageDirectory images, task_kobj_ids_entry own, task_kobj_ids_entry root) throws IOException {
    Set<NamespaceKind> parts = EnumSet.noneOf(NamespaceKind.class);
    for (NamespaceKind kind : NamespaceKind.values()) {
      if (kind.in(own) != kind.in(root)) {
        parts.add(kind);
      }
    }
    refuseUnknown(images, parts, root);
    int net = NamespaceKind.NET.in(root);
    int time = parts.contains(NamespaceKind.TIME) ? NamespaceKind.TIME.in(root) : OWN_TIME;
    return new NamespaceImages(
        parts,
        parts.contains(NamespaceKind.MNT) ? mounts(images, root) : List.of(),
        parts.contains(NamespaceKind.UTS)
            ? only(images, ImageType.UTSNS, NamespaceKind.UTS.in(root), utsns_entry.parser())
            : null,
        parts.contains(NamespaceKind.IPC)
            ? only(images, ImageType.IPC_VAR, NamespaceKind.IPC.in(root), ipc_var_entry.parser())
            : null,
        optional(images, ImageType.NETNS, net, netns_entry.parser()),
        devices(images, net),
        optional(images, ImageType.PIDNS, NamespaceKind.PID.in(root), pidns_entry.parser()),
        optional(images, ImageType.TIMENS, time, timens_entry.parser()));
  }

  private static void refuseUnknown(
      ImageDirectory images, Set<NamespaceKind> parts, task_kobj_ids_entry root) {
    if (parts.contains(NamespaceKind.USER)) {
      throw new UnsupportedException("user namespace", "Torpor does not restore into a new one");
    }
    int ipc = NamespaceKind.IPC.in(root);
    for (ImageType type : List.of(ImageType.IPCNS_SHM, ImageType.IPCNS_MSG, ImageType.IPCNS_SEM)) {
      if (images.has(type, ipc)) {
        throw new UnsupportedException(
            type.fileName(ipc), "objects of System V IPC are not brought back");
      }
    }
  }

  private static List<Mount> mounts(ImageDirectory images, task_kobj_ids_entry root)
      throws IOException {
    List<Mount> mounts = new ArrayList<>();
    try (ImageReader reader = images.read(ImageType.MNTS, NamespaceKind.MNT.in(root))) {
      for (mnt_entry entry : reader.rest(mnt_entry.parser())) {
        mounts.add(Mount.of(entry));
      }
    }
    Collections.reverse(mounts);
    return mounts;
  }

  private static List<net_device_entry> devices(ImageDirectory images, int id) throws IOException {
    if (!images.has(ImageType.NETDEV, id)) {
      return List.of();
    }
    try (ImageReader reader = images.read(ImageType.NETDEV, id)) {
      return reader.rest(net_device_entry.parser());
    }
  }

  private static <M extends com.google.protobuf.Message> M optional(
      ImageDirectory images, ImageType type, int id, com.google.protobuf.Parser<M> parser)
      throws IOException {
    return images.has(type, id) ? only(images, type, id, parser) : null;
  }

  private static <M extends com.google.protobuf.Message> M only(
      ImageDirectory images, ImageType type, int id, com.google.protobuf.Parser<M> parser)
      throws IOException {
    try (ImageReader reader = images.read(type, id)) {
      return reader.only(parser);
    }
  }
}
