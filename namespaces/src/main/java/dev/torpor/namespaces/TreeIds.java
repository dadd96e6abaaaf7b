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

  /** The inode number of the root task's namespace, as {@code --external net[INODE]} has it. */
  String inode(NamespaceKind kind) {
    String link = proc.link(rootPid, "ns/" + kind.fileName());
    int open = link.indexOf('[');
    if (open < 0 || !link.endsWith("]")) {
      throw new DumpException("a namespace link reads \"" + link + "\", not KIND:[INODE]");
    }
    return link.substring(open + 1, link.length() - 1);
  }

  /**
   * Refuses a task that lives in other namespaces than the root task, or whose children would.
   *
   * @param ids the task's numbers
   */
  void check(int pid, task_kobj_ids_entry ids) {
    for (NamespaceKind kind : NamespaceKind.values()) {
      if (kind.in(ids) != kind.in(root)) {
        throw nested(pid, kind.fileName());
      }
    }
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

  private UnsupportedException nested(int pid, String name) {
    return new UnsupportedException(
        "task " + pid,
        "its "
            + name
            + " namespace is not the one the root task "
            + rootPid
            + " lives in; nested namespaces are not carried");
  }
}
