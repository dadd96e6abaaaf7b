// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.FieldWriter;
import dev.torpor.task.ThreadEntry;
import java.util.concurrent.FutureTask;

/**
 * The image entry of one thread, in the making.
 *
 * @param tid as Torpor sees it
 * @param imageTid as the images number it
 * @param core becomes core-TID.img
 */
record CapturedThread(int tid, int imageTid, FutureTask<Core> core) {
  /**
   * A core_entry in two parts.
   *
   * @param info thread_info_x86; null for a zombie, which has none
   * @param rest all else
   */
  record Core(FieldWriter info, ThreadEntry rest) {}
}
