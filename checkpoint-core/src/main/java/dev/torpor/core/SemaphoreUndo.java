// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.linux.Kcmp;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.Words;
import dev.torpor.task.Task;
import dev.torpor.task.TaskTree;
import java.util.function.Consumer;

/**
 * What the kernel is to undo of a task's semaphore operations when it ends: SEM_UNDO of semop(2).
 * Nobody can see that, nor set it. What kcmp(2) shows is whether a thread has a list for it; one
 * that was made together with others by pthread_create(3) has one in any case.
 */
final class SemaphoreUndo {
  private final int without;
  private final ProcFs proc;
  private final NamespaceIds ids;

  /**
   * Compares with a process that has no list.
   *
   * @param without its pid: it has one thread, and knows no semaphores
   */
  SemaphoreUndo(ProcFs proc, int without, NamespaceIds ids) {
    this.proc = proc;
    this.without = without;
    this.ids = ids;
  }

  /** Says of the tasks of a stopped tree what may be lost; all namespaces are in the images. */
  void warn(TaskTree tree, ImageStore images, Consumer<String> warnings) {
    boolean hostHas = hostHasSemaphores();
    if (!hostHas && images.ids(ImageType.IPCNS_SEM).isEmpty()) {
      // The tree stands still meanwhile, and may have many tasks.
      return;
    }
    int own = ids.ipc(Unistd.getpid());
    for (Task task : tree.tasks()) {
      if (!task.isZombie()) {
        int namespace = ids.ipc(task.pid());
        boolean isDumped = namespace != own;
        if (isDumped ? images.has(ImageType.IPCNS_SEM, namespace) : hostHas) {
          warn(task, isDumped, warnings);
        }
      }
    }
  }

  private void warn(Task task, boolean isDumped, Consumer<String> warnings) {
    if (mayUndo(task)) {
      warnings.accept(
          task.subject()
              + " may have semaphore operations that are undone when it ends (SEM_UNDO); nobody can"
              + " see them, and they will not be "
              + (isDumped
                  ? "undone of the restored task"
                  : "again: the end of the tree undoes them"));
    }
  }

  /** The heading is always there. */
  private boolean hostHasSemaphores() {
    return Words.split(ProcFs.text(proc.root() + "/sysvipc/sem").trim(), '\n').size() > 1;
  }

  private boolean mayUndo(Task task) {
    for (int tid : task.threads()) {
      if (Kcmp.kcmp(without, tid, Kcmp.KCMP_SYSVSEM, 0, 0) != Kcmp.EQUAL) {
        return true;
      }
    }
    return false;
  }
}
