// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.proc.ProcFs;

/**
 * The root task's namespaces beside Torpor's own. A kind in which their numbers differ is part of
 * the checkpoint.
 */
final class TreeIds {
  private final ProcFs proc;
  private final int ownPid;
  private final int rootPid;
  private final task_kobj_ids_entry own;
  private final task_kobj_ids_entry root;

  /**
   * For one dump.
   *
   * @param ownPid Torpor's pid in {@code proc}
   * @param own Torpor's numbers, {@code root_ids} of the inventory
   * @param root the root task's numbers
   */
  TreeIds(ProcFs proc, int ownPid, task_kobj_ids_entry own, int rootPid, task_kobj_ids_entry root) {
    this.proc = proc;
    this.ownPid = ownPid;
    this.own = own;
    this.rootPid = rootPid;
    this.root = root;
  }

  ProcFs proc() {
    return proc;
  }

  int ownPid() {
    return ownPid;
  }

  int rootPid() {
    return rootPid;
  }

  /** Whether the root task's namespace of this kind is not Torpor's. */
  boolean isPart(NamespaceKind kind) {
    return kind.in(own) != kind.in(root);
  }

  /** The number of the root task's namespace of this kind. */
  int id(NamespaceKind kind) {
    return kind.in(root);
  }

  /** Whether a number is that of Torpor's own namespace of this kind. */
  boolean isOwn(NamespaceKind kind, int id) {
    return kind.in(own) == id;
  }

  /** The inode number of a task's namespace, as {@code --external net[INODE]} has it. */
  String inode(int pid, NamespaceKind kind) {
    String link = proc.link(pid, "ns/" + kind.fileName());
    int open = link.indexOf('[');
    if (open < 0 || !link.endsWith("]")) {
      throw new DumpException("a namespace link reads \"" + link + "\", not KIND:[INODE]");
    }
    return link.substring(open + 1, link.length() - 1);
  }

  /** Refuses a task whose children would live in other namespaces than itself. */
  void checkChildren(int pid) {
    checkChildren(pid, NamespaceKind.PID);
    if (id(NamespaceKind.TIME) != 0) {
      checkChildren(pid, NamespaceKind.TIME);
    }
  }

  private void checkChildren(int pid, NamespaceKind kind) {
    String name = kind.fileName() + "_for_children";
    if (!proc.link(pid, "ns/" + name).equals(proc.link(pid, "ns/" + kind.fileName()))) {
      throw nested(pid, name);
    }
  }

  /** What a user reads of a namespace below the root that is not carried. */
  UnsupportedException nested(int pid, String name) {
    return new UnsupportedException(
        "task " + pid,
        "its "
            + name
            + " namespace is not the one that its parent lives in, or its children would live in"
            + " another; not carried yet: end the task before the dump");
  }

  /** A task that came into a namespace which another made; it would get a copy. */
  UnsupportedException joined(int pid, String name) {
    return new UnsupportedException(
        "task " + pid,
        "it has joined its "
            + name
            + " namespace, which is neither its parent's nor new; not carried yet: end the task"
            + " before the dump");
  }
}
