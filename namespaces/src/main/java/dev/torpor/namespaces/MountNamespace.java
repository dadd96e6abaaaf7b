// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MountLookup;
import dev.torpor.file.PtyMasters;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.WaitingTask;
import dev.torpor.linux.Directory;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Step;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The mount namespace of the tree: the mounts, and what the tmpfs among them hold. */
final class MountNamespace implements NamespaceRoom, MountLookup {
  private TreeIds ids;
  private MountTree tree;
  private MountReturn mounts;

  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.MNTS, ImageType.TMPFS_DEV);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.MNT;
  }

  /** Reads the mounts, for files too. */
  MountLookup look(DumpedNamespace namespace) {
    this.ids = namespace.tree();
    DumpOptions options = namespace.options();
    List<MountInfo> own = MountInfo.read(ids.proc(), ids.ownPid());
    List<MountInfo> seen = MountInfo.read(ids.proc(), ids.rootPid());
    boolean ownCgroups = ids.isPart(NamespaceKind.CGROUP);
    List<Mount> found = mounts(seen, devptsDevices(own), ownCgroups, options);
    OuterMounts outer = new OuterMounts(own, ids.proc().path(ids.rootPid(), "root"), options);
    outer.checkReplaced(seen);
    if (options.findsExternalMounts()) {
      found = outer.resolve(found);
    }
    this.tree = new MountTree(found);
    return this;
  }

  /** Which instances of devpts are Torpor's own; all others were made for the tree. */
  private static Set<Integer> devptsDevices(List<MountInfo> own) {
    Set<Integer> devices = new HashSet<>();
    for (MountInfo mount : own) {
      if (mount.type().equals(FsType.DEVPTS.kernelName())) {
        devices.add(mount.device());
      }
    }
    return devices;
  }

  /** Translates what a task sees; skipped mounts and what sits on them are left out. */
  static List<Mount> mounts(
      List<MountInfo> infos, Set<Integer> ownDevpts, boolean ownCgroups, DumpOptions options) {
    List<Mount> mounts = new ArrayList<>(infos.size());
    Set<Integer> skipped = new HashSet<>();
    for (MountInfo info : infos) {
      if (options.isSkipped(info.mountPoint()) || skipped.contains(info.parentId())) {
        skipped.add(info.id());
        continue;
      }
      String key = options.mountKey(info.mountPoint());
      if (info.deleted() && key == null) {
        throw new UnsupportedException(
            "mount " + info.mountPoint(),
            "what it was bound from, "
                + info.root()
                + ", was deleted; unmount it before the dump, or give --external mnt["
                + info.mountPoint()
                + "]:KEY if a restore is to bind what has that name then");
      }
      boolean newInstance =
          info.type().equals(FsType.DEVPTS.kernelName()) && !ownDevpts.contains(info.device());
      mounts.add(Mount.of(info, key, newInstance, ownCgroups));
    }
    return mounts;
  }

  @Override
  public int imageMountId(String subject, int mntId) {
    if (tree.find(mntId) == null) {
      throw new UnsupportedException(
          subject,
          "it is on mount "
              + mntId
              + " of another mount namespace, or on one that is attached nowhere, and nested mount"
              + " namespaces are not carried yet; let the program close it before the dump, or"
              + " name it by --external file[MNT_ID:INODE]");
    }
    return mntId;
  }

  @Override
  public String hostPath(int pid, String path) {
    return ids.proc().path(ids.rootPid(), "root") + path;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    new MountCheck(tree).run();
    try {
      TmpfsArchive.rehearse();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the mounts, the youngest first as CRIU does, and the content of each tmpfs. */
  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    List<Mount> mounts = tree.mounts();
    for (int i = mounts.size() - 1; i >= 0; i--) {
      images.add(ImageType.MNTS, ids.id(NamespaceKind.MNT), mounts.get(i).entry());
    }
    writeContent(images);
  }

  private void writeContent(CapturedImages images) throws IOException {
    List<Mount> wanted = new ArrayList<>();
    for (Mount mount : tree.mounts()) {
      boolean queues = mount.type == FsType.MQUEUE && ids.isPart(NamespaceKind.IPC);
      if (tree.isMadeByType(mount) && (mount.type.way() == FsType.Way.FILL || queues)) {
        wanted.add(mount);
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    int[] fds = MountRoots.open(tree, ids.rootPid(), wanted);
    try {
      for (int i = 0; i < fds.length; i++) {
        writeContent(images, wanted.get(i), fds[i]);
      }
    } finally {
      for (int fd : fds) {
        Unistd.close(fd);
      }
    }
  }

  private void writeContent(CapturedImages images, Mount mount, int fd) throws IOException {
    if (device(fd) != mount.device) {
      throw mount.refused("another mount hides it; unmount that before the dump");
    }
    if (mount.type == FsType.MQUEUE) {
      if (!new Directory(fd).names().isEmpty()) {
        throw mount.refused(
            "it holds message queues, which are not carried; remove them with mq_unlink(3)");
      }
      return;
    }
    try (TmpfsArchive archive =
        new TmpfsArchive(images.streamRaw(ImageType.TMPFS_DEV, mount.device))) {
      archive.writeTree(fd, mount.describe());
    }
  }

  private static int device(int fd) {
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(fd, stat);
      long device = stat.getLong(Stat.StructStat.st_dev);
      return Stat.major(device) << 20 | Stat.minor(device);
    }
  }

  @Override
  public Step step() {
    return Step.MOUNTS;
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    ReturnOptions options = namespace.options();
    if (options.root() == null || options.root().equals("/")) {
      throw new RestoreException(
          "mount namespace: no new root is given; say with --root where it is mounted");
    }
    List<Mount> read = new ArrayList<>();
    for (mnt_entry entry :
        namespace.images().required(ImageType.MNTS, namespace.id(), mnt_entry.parser())) {
      read.add(Mount.of(entry));
    }
    // The youngest stands first.
    Collections.reverse(read);
    MountTree returned = new MountTree(read);
    new MountCheck(returned).run();
    mounts = new MountReturn(returned, options.root(), options.mounts(returned));
    requireContent(namespace.images());
    PtyMasters masters = namespace.facts().of(PtyMasters.class, PtyMasters::new);
    mounts.tell(masters);
    return program -> mounts.append(program, masters);
  }

  private void requireContent(ImageStore images) {
    for (Mount mount : mounts.filled()) {
      if (!images.has(ImageType.TMPFS_DEV, Integer.toUnsignedLong(mount.device))) {
        throw new RestoreException(mount.describe() + ": its content is missing from the images");
      }
    }
  }

  /** Fills what is mounted anew while the root task waits for it; whether it waits for this. */
  @Override
  public boolean atTrap(Op trap, ImageStore images, ProcFs proc, WaitingTask root)
      throws IOException {
    if (mounts == null || trap != mounts.fillTrap()) {
      return false;
    }
    TaskWriter writer = new TaskWriter(proc, root, mounts.chunk());
    String place = proc.path(root.pid(), "root");
    for (Mount mount : mounts.filled()) {
      long device = Integer.toUnsignedLong(mount.device);
      try (TmpfsContent content =
          new TmpfsContent(images.readRaw(ImageType.TMPFS_DEV, device), mount.describe())) {
        content.extract(place + mounts.yardPath(mount), writer);
      }
    }
    return true;
  }
}
