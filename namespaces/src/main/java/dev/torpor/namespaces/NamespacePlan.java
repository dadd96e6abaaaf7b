// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.core.NamespaceReturn;
import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.PtyMasters;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Plans the namespaces of a root task. The task is born into new ones, except those it joins, which
 * it does first; then they get their content, then the mounts.
 */
public final class NamespacePlan implements NamespaceReturn {
  private final ProcFs proc;
  private final ImageDirectory directory;
  private final NamespaceImages images;
  private final ReturnOptions options;
  private final Clocks clocks;
  private final MountReturn mounts;
  private Op cgroupTrap;

  /**
   * Reads the images and refuses what cannot be brought back.
   *
   * @param proc where the root task will be seen
   * @param own {@code root_ids} of the inventory
   * @param root the root task's ids
   * @param clocks this host's, a moment ago
   */
  public NamespacePlan(
      ProcFs proc,
      ImageDirectory directory,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      ReturnOptions options,
      Clocks clocks)
      throws IOException {
    this.proc = proc;
    this.directory = directory;
    this.images = NamespaceImages.read(directory, own, root);
    this.options = options;
    this.clocks = clocks;
    this.mounts = images.parts().contains(NamespaceKind.MNT) ? mounts() : null;
    checkNet();
  }

  /**
   * Looks at the namespaces that the tree is to join.
   *
   * @param descriptors of this process by their keys ({@code --inherit-fd}, RPC {@code inherit_fd})
   * @throws RestoreException if one is no namespace of its kind
   */
  public void checkGiven(Map<String, Integer> descriptors) {
    for (Map.Entry<NamespaceKind, String> joined : options.joined()) {
      NamespaceKind kind = joined.getKey();
      String path = joined.getValue();
      GivenNamespace.check("--join-ns " + kind.fileName() + ":" + path, path, kind);
    }
    for (String key : inheritedKeys()) {
      checkGiven(key, NamespaceKind.NET, descriptors);
    }
    if (pidNamespaceKey() != null) {
      checkGiven(pidNamespaceKey(), NamespaceKind.PID, descriptors);
    }
  }

  private static void checkGiven(String key, NamespaceKind kind, Map<String, Integer> descriptors) {
    Integer fd = descriptors.get(key);
    if (fd != null) {
      GivenNamespace.check("--inherit-fd fd[" + fd + "]:" + key, "/proc/self/fd/" + fd, kind);
    }
  }

  private MountReturn mounts() {
    if (options.root() == null || options.root().equals("/")) {
      throw new RestoreException(
          "mount namespace: no new root is given; say with --root where it is mounted");
    }
    MountTree tree = new MountTree(images.mounts());
    new MountCheck(tree).run();
    return new MountReturn(tree, options.root(), options.mounts());
  }

  private void checkNet() {
    if (!makes(NamespaceKind.NET) || options.isEmptyNet()) {
      return;
    }
    for (net_device_entry device : images.devices()) {
      if (device.getType() != nd_type.LOOPBACK) {
        throw new UnsupportedException(
            "network device " + device.getName(),
            "a device of type " + device.getType() + " is not brought back; give --empty-ns net");
      }
    }
  }

  /** Whether the task gets a new namespace of this kind. */
  private boolean makes(NamespaceKind kind) {
    return images.parts().contains(kind)
        && options.joined(kind) == null
        && !(kind == NamespaceKind.NET && isNetGiven())
        && !(kind == NamespaceKind.PID && pidNamespaceKey() != null);
  }

  private boolean isNetGiven() {
    return images.net() != null && images.net().hasExtKey();
  }

  @Override
  public long cloneFlags() {
    long flags = 0;
    for (NamespaceKind kind :
        List.of(
            NamespaceKind.PID,
            NamespaceKind.NET,
            NamespaceKind.IPC,
            NamespaceKind.UTS,
            NamespaceKind.MNT)) {
      flags |= makes(kind) ? Integer.toUnsignedLong(kind.cloneFlag()) : 0;
    }
    return flags;
  }

  @Override
  public List<String> inheritedKeys() {
    boolean given = isNetGiven() && options.joined(NamespaceKind.NET) == null;
    return given ? List.of(images.net().getExtKey()) : List.of();
  }

  @Override
  public String pidNamespaceKey() {
    boolean given = images.pid() != null && images.pid().hasExtKey();
    return given ? images.pid().getExtKey() : null;
  }

  @Override
  public void plan(ThreadPlan root, Facts facts, ToIntFunction<String> descriptor) {
    root.at(Step.NAMESPACES, program -> appendNamespaces(program, descriptor));
    if (mounts != null) {
      PtyMasters masters = facts.of(PtyMasters.class, PtyMasters::new);
      mounts.tell(masters);
      root.at(Step.MOUNTS, program -> mounts.append(program, masters));
    }
  }

  private void appendNamespaces(Program program, ToIntFunction<String> descriptor) {
    for (Map.Entry<NamespaceKind, String> joined : options.joined()) {
      join(program, joined.getKey(), joined.getValue());
    }
    for (String key : inheritedKeys()) {
      program
          .call("joining the network namespace given as " + key, Nr.SYS_setns)
          .arg(descriptor.applyAsInt(key))
          .arg(NamespaceKind.NET.cloneFlag());
    }
    boolean time = images.time() != null && options.joined(NamespaceKind.TIME) == null;
    if (time && options.isTimeNamespace()) {
      TimeNamespace.plan(images.time(), clocks, program);
    }
    if (makes(NamespaceKind.UTS)) {
      UtsNamespace.plan(images.uts(), program);
    }
    if (makes(NamespaceKind.IPC)) {
      IpcNamespace.plan(images.ipc(), program);
    }
    if (makes(NamespaceKind.NET) && isLoopbackUp()) {
      NetNamespace.planLoopbackUp(program);
    }
    if (images.parts().contains(NamespaceKind.CGROUP)) {
      cgroupTrap = program.trap("moving the task into its cgroup");
      program
          .call("making a cgroup namespace", Nr.SYS_unshare)
          .arg(NamespaceKind.CGROUP.cloneFlag());
    }
  }

  /**
   * Images of an empty namespace do not say whether its loopback was up. Every runtime brings it up
   * when it makes a namespace, but runc does not do so on a restore.
   */
  private boolean isLoopbackUp() {
    if (options.isEmptyNet() || images.devices().isEmpty()) {
      return true;
    }
    return NetNamespace.isUp(images.devices().get(0));
  }

  private static void join(Program program, NamespaceKind kind, String path) {
    String purpose = "joining the " + kind.fileName() + " namespace " + path;
    Op fd =
        program
            .call(purpose + ": opening it", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string(path))
            .arg(Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
    program.call(purpose, Nr.SYS_setns).arg(fd).arg(kind.cloneFlag());
    program.call(purpose + ": closing it", Nr.SYS_close).arg(fd);
  }

  @Override
  public Op cgroupTrap() {
    return cgroupTrap;
  }

  @Override
  public boolean atTrap(Op trap, int pid) throws IOException {
    if (mounts == null || trap != mounts.fillTrap()) {
      return false;
    }
    for (Mount mount : mounts.filled()) {
      if (!directory.has(ImageType.TMPFS_DEV, Integer.toUnsignedLong(mount.device))) {
        throw new RestoreException(mount.describe() + ": its content is missing from the images");
      }
      String place = proc.path(pid, "root") + mounts.yardPath(mount);
      try (TmpfsContent content =
          new TmpfsContent(
              directory.readRaw(ImageType.TMPFS_DEV, Integer.toUnsignedLong(mount.device)),
              mount.describe())) {
        content.extract(place);
      }
    }
    return true;
  }
}
