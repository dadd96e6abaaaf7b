// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageException.Problem;
import dev.torpor.image.proto.pstree_entry;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Whether the entries of {@code pstree.img} are a tree: CRIU writes parents before children. */
final class TreeEntries {
  private final String image;
  private final Set<Integer> tasks = new HashSet<>();
  private final Set<Integer> threads = new HashSet<>();

  private TreeEntries(String image) {
    this.image = image;
  }

  /**
   * Checks all entries.
   *
   * @throws ImageException naming the first task that has no place in the tree
   */
  static void check(String image, List<pstree_entry> tree) throws IOException {
    TreeEntries entries = new TreeEntries(image);
    for (int i = 0; i < tree.size(); i++) {
      entries.add(i, tree.get(i));
    }
  }

  private void add(int number, pstree_entry entry) throws IOException {
    int pid = entry.getPid();
    if (pid <= 0 || !tasks.add(pid)) {
      throw damaged(number, "a task once, by a number above 0", "pid " + pid);
    }
    if (number == 0 ? entry.getPpid() != 0 : !tasks.contains(entry.getPpid())) {
      throw damaged(
          number,
          number == 0 ? "the root, without a parent" : "a child of a task before it",
          "task " + pid + " with parent " + entry.getPpid());
    }
    if (entry.getPpid() == pid) {
      throw damaged(number, "a child of a task before it", "task " + pid + " as its own parent");
    }
  }

  /**
   * Checks the threads of tasks that have not ended: CRIU writes other numbers for a zombie.
   *
   * @param tree the entries of the tasks, in the order of the image
   * @param ended pids of zombies
   * @throws ImageException naming the first thread that is missing, or there twice
   */
  static void checkThreads(String image, List<pstree_entry> tree, Set<Integer> ended)
      throws IOException {
    TreeEntries entries = new TreeEntries(image);
    for (int i = 0; i < tree.size(); i++) {
      if (!ended.contains(tree.get(i).getPid())) {
        entries.addThreads(i, tree.get(i));
      }
    }
  }

  private void addThreads(int number, pstree_entry entry) throws IOException {
    int pid = entry.getPid();
    if (!entry.getThreadsList().contains(pid)) {
      throw damaged(number, "task " + pid + " as a thread of its own", "other threads");
    }
    for (int tid : entry.getThreadsList()) {
      if (tid <= 0 || !threads.add(tid)) {
        throw damaged(number, "a thread once", "thread " + tid + " of task " + pid);
      }
    }
  }

  private ImageException damaged(int number, String expected, String found) {
    return new ImageException(
        Problem.CONTRADICTION,
        image,
        number,
        expected + " as entry " + number,
        found,
        "restore from another copy");
  }
}
