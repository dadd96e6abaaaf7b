// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.memory.SysvSegments;
import dev.torpor.proc.ProcFs;

/**
 * A namespace that is dumped.
 *
 * @param tree whose it is
 * @param options of the dump
 * @param kind of namespace
 * @param pid the first task that lives in it, as Torpor sees it
 * @param id its number in the images
 * @param segments System V shared memory that tasks have attached; null while the tree still runs
 */
record DumpedNamespace(
    TreeIds tree, DumpOptions options, NamespaceKind kind, int pid, int id, SysvSegments segments) {
  ProcFs proc() {
    return tree.proc();
  }

  /** The same of a tree that is stopped. */
  DumpedNamespace with(SysvSegments attached) {
    return new DumpedNamespace(tree, options, kind, pid, id, attached);
  }

  /** Whether it is the root task's. */
  boolean isRoots() {
    return tree.id(kind) == id;
  }

  /** The inode number, as {@code --external net[INODE]} has it. */
  String inode() {
    return tree.inode(pid, kind);
  }

  /** The key of {@code --external KIND[INODE]:KEY}, or null. */
  String externalKey() {
    return options.namespaceKey(kind, inode());
  }

  /** Asks something from within. */
  <T> T ask(Visit.Question<T> question) {
    return Visit.in(pid, kind.cloneFlag(), question);
  }
}
