// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.ScratchRange;
import dev.torpor.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** The image entries of one task, in the making. */
final class CapturedTask {
  private final Task task;
  private final List<CapturedThread> threads = new ArrayList<>();
  private mm_entry mm;
  private ScratchRange blank;
  private FutureTask<Void> pages;
  private fs_entry fs;
  private task_kobj_ids_entry ids;

  CapturedTask(Task task) {
    this.task = task;
  }

  Task task() {
    return task;
  }

  /** The leader first. */
  List<CapturedThread> threads() {
    return threads;
  }

  /** mm-PID.img; null for a zombie. */
  mm_entry mm() {
    return mm;
  }

  void mm(mm_entry value) {
    mm = value;
  }

  /** Zeros where questions are put, which need no dump; null if there are none. */
  ScratchRange blank() {
    return blank;
  }

  void blank(ScratchRange value) {
    blank = value;
  }

  /** The dump of its memory; null for a zombie. */
  FutureTask<Void> pages() {
    return pages;
  }

  void pages(FutureTask<Void> value) {
    pages = value;
  }

  /** fs-PID.img; null for a zombie. */
  fs_entry fs() {
    return fs;
  }

  void fs(fs_entry value) {
    fs = value;
  }

  /** ids-PID.img; null for a zombie. */
  task_kobj_ids_entry ids() {
    return ids;
  }

  void ids(task_kobj_ids_entry value) {
    ids = value;
  }
}
