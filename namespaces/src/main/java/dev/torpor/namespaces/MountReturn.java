// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static dev.torpor.linux.Mount.MS_PRIVATE;
import static dev.torpor.linux.Mount.MS_RDONLY;
import static dev.torpor.linux.Mount.MS_SLAVE;

import dev.torpor.file.PtyMasters;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Stat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Plans the mount tree of a root task that was born into a copy of Torpor's mount namespace.
 *
 * <p>Order: (1) nothing propagates to Torpor's namespace any more; (2) all that comes from outside,
 * the root first, is cloned while its paths can be seen; (3) the yard, a tmpfs, covers the path of
 * the new root, and every file system that is made anew is mounted there, beside the others, so
 * that none hides another; (4) the task traps, and Torpor fills the tmpfs among them; (5) what is
 * bound within the tree is cloned; (6) parents before children, each mount goes to its place; (7)
 * pivot_root, and the old root goes with the yard; (8) peer groups, which would have copied mounts
 * before, and the root cannot be in one when it becomes that.
 */
final class MountReturn {
  /** Names of directories in the yard are mount ids, and this. */
  private static final String ROOT = "root";

  /** More than are open at a time beside those of mounts. */
  private static final int DESCRIPTORS = 8;

  private static final String YARD_SOURCE = "torpor";

  private final MountTree tree;
  private final String yard;
  private final Map<String, String> external;
  private final Map<Mount, Op> fds = new HashMap<>();
  private final List<Mount> filled = new ArrayList<>();
  private Op fillTrap;
  private Data chunk;

  /**
   * A plan for {@code tree}.
   *
   * @param root path of the new root on the restoring host, which must be a mount point there
   * @param external paths on the restoring host by key
   */
  MountReturn(MountTree tree, String root, Map<String, String> external) {
    this.tree = tree;
    this.yard = root;
    this.external = external;
    for (Mount mount : tree.mounts()) {
      if (mount.isExternal()) {
        mount.externalSource(external);
      } else if (tree.isMadeByType(mount) && mount.type.way() == FsType.Way.FILL) {
        filled.add(mount);
      }
    }
  }

  /** Says which devpts are made anew, and which of their terminals are mounted somewhere. */
  void tell(PtyMasters masters) {
    for (Mount mount : tree.mounts()) {
      Mount made = tree.isMadeByType(mount) ? mount : tree.boundFrom(mount);
      if (mount.type == FsType.DEVPTS && made != null && tree.isMadeByType(made)) {
        masters.madeAnew(device(made), tree.mounts().size() + DESCRIPTORS);
        if (mount.root.length() > 1 && Character.isDigit(mount.root.charAt(1))) {
          masters.want(device(made), terminal(mount));
        }
      }
    }
  }

  private static int terminal(Mount mount) {
    try {
      return Integer.parseInt(mount.root.substring(1));
    } catch (NumberFormatException e) {
      throw mount.refused("its root " + mount.root + " is no terminal");
    }
  }

  /** As stat(2) gives it; mountinfo shows the kernel's own form. */
  private static int device(Mount mount) {
    return (int) Stat.makedev(mount.device >>> 20, mount.device & 0xfffff);
  }

  /** The mounts whose content is filled in at {@link #fillTrap}. */
  List<Mount> filled() {
    return filled;
  }

  /** Where the task waits for its tmpfs to be filled; null if there is none. */
  Op fillTrap() {
    return fillTrap;
  }

  /** What the task writes into a tmpfs passes through this. */
  Data chunk() {
    return chunk;
  }

  /** Where a mount is at {@link #fillTrap}, from the task's root. */
  String yardPath(Mount mount) {
    return Paths.join(yard, Integer.toString(mount.id));
  }

  /**
   * Appends all calls.
   *
   * @param masters of the terminals of each devpts that is made anew
   */
  void append(Program program, PtyMasters masters) {
    MountCalls calls = new MountCalls(program);
    calls.propagateAll("keeping mounts from propagating to the host", MS_SLAVE);
    cloneOutside(calls);
    makeByType(calls);
    for (Mount mount : tree.mounts()) {
      if (mount.type == FsType.DEVPTS && tree.isMadeByType(mount)) {
        masters.open(program, device(mount), Paths.join(yardPath(mount), "ptmx"));
      }
    }
    if (!filled.isEmpty()) {
      chunk = program.reserve(TaskWriter.CHUNK_BYTES);
      fillTrap = program.trap("filling tmpfs");
    }
    prepareInside(calls);
    Op root = assemble(calls);
    calls.pivot("changing the root to " + yard, root);
    calls.close("closing the root", root);
    // pivot_root(2) takes no shared mount as the new root.
    new MountSharing(tree, fds, calls).append();
    for (Mount mount : tree.mounts()) {
      calls.close("closing " + mount.describe(), fds.get(mount));
    }
  }

  private void cloneOutside(MountCalls calls) {
    fds.put(tree.root(), calls.cloneMount("opening the new root " + yard, yard));
    for (Mount mount : tree.mounts()) {
      if (mount.isExternal()) {
        String source = mount.externalSource(external);
        String purpose = "binding " + source + " for the container's " + mount.describe();
        fds.put(mount, calls.cloneMount(purpose, source));
      }
    }
    for (Mount mount : tree.mounts()) {
      Mount from = tree.boundFrom(mount);
      if (from != null && (from == tree.root() || from.isExternal())) {
        cloneBelow(calls, mount, from);
      }
    }
  }

  private void cloneBelow(MountCalls calls, Mount mount, Mount from) {
    String source = from == tree.root() ? yard : from.externalSource(external);
    String rest = mount.pathWithin(from);
    String purpose =
        "binding " + Paths.join(source, rest) + " for the container's " + mount.describe();
    if (rest.isEmpty()) {
      fds.put(mount, calls.cloneMount(purpose, source));
      return;
    }
    Op directory = calls.openDirectory(purpose + ": opening " + source, source);
    Op path = calls.openBelow(purpose + ": opening it", directory, rest);
    fds.put(mount, calls.cloneMount(purpose, path));
    calls.close(purpose + ": closing it", path);
    calls.close(purpose + ": closing " + source, directory);
  }

  private void makeByType(MountCalls calls) {
    calls.mount("mounting a yard at " + yard, YARD_SOURCE, yard, "tmpfs", 0, "mode=700");
    for (Mount mount : tree.mounts()) {
      if (tree.isMadeByType(mount)) {
        String purpose = "mounting " + mount.typeName + " for the container's " + mount.mountPoint;
        calls.mkdir(purpose + ": making its place", yardPath(mount));
        // A file system that is filled cannot be read-only yet.
        int flags =
            mount.type.way() == FsType.Way.FILL ? mount.superFlags & ~MS_RDONLY : mount.superFlags;
        calls.mount(
            mount.options.isEmpty() ? purpose : purpose + " (" + mount.options + ")",
            mount.source,
            yardPath(mount),
            mount.typeName,
            flags,
            mount.options);
      }
    }
  }

  /**
   * The kernel numbers the terminals of a new devpts from 0, so those below the wanted ones are
   * opened as well, and closed again.
   */
  private void prepareInside(MountCalls calls) {
    for (Mount mount : filled) {
      if (mount.isReadOnly()) {
        calls.remount(
            "making the container's " + mount.describe() + " read-only",
            yardPath(mount),
            mount.superFlags);
      }
    }
    for (Mount mount : tree.mounts()) {
      Mount from = tree.boundFrom(mount);
      if (from != null && tree.isMadeByType(from)) {
        String source = Paths.join(yardPath(from), mount.pathWithin(from));
        String purpose =
            "binding " + mount.root + " of " + from.mountPoint + " to " + mount.mountPoint;
        fds.put(mount, calls.cloneMount(purpose, source));
      }
    }
    for (Mount mount : tree.mounts()) {
      if (tree.isMadeByType(mount)) {
        fds.put(mount, calls.openMount("opening " + mount.describe(), yardPath(mount)));
      }
    }
  }

  /** Puts all mounts in their places; a descriptor of the new root. */
  private Op assemble(MountCalls calls) {
    String place = Paths.join(yard, ROOT);
    calls.mkdir("making a place for the new root", place);
    Op target = calls.openDirectory("opening the place for the new root", place);
    setFlags(calls, tree.root());
    calls.attach("attaching the new root", fds.get(tree.root()), target);
    calls.close("closing the place for the new root", target);
    Op root = calls.openDirectory("opening the new root", place);
    for (Mount mount : tree.inMountOrder()) {
      setFlags(calls, mount);
      String purpose = "attaching the container's " + mount.describe();
      Op point =
          calls.openBelow(purpose + ": opening its place", root, mount.mountPoint.substring(1));
      calls.attach(purpose, fds.get(mount), point);
      calls.close(purpose + ": closing its place", point);
    }
    return root;
  }

  /** What comes from outside and had a master there gets the one that its new origin has. */
  private void setFlags(MountCalls calls, Mount mount) {
    boolean outer = mount.isSlave() && !tree.hasPeerGroup(mount.masterId);
    calls.setFlags(
        "setting the flags of the container's " + mount.describe(),
        fds.get(mount),
        mount.flags,
        outer ? MS_SLAVE : MS_PRIVATE);
  }
}
