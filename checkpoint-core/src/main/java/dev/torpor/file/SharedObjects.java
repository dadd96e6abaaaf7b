// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Kcmp;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives tasks that share a kernel object (a descriptor table, an address space ...) the same
 * number. kcmp(2) orders objects, so a task is compared with a logarithmic count of others.
 */
public final class SharedObjects {
  private final int type;
  private final int firstId;
  private final List<int[]> ordered = new ArrayList<>();

  /**
   * Starts with no task.
   *
   * @param type KCMP_FILES, KCMP_VM, KCMP_FS, KCMP_SIGHAND, KCMP_IO or KCMP_SYSVSEM
   * @param firstId number of the first object
   */
  public SharedObjects(int type, int firstId) {
    this.type = type;
    this.firstId = firstId;
  }

  /** The number of the object that task {@code pid} has. */
  public int idOf(int pid) {
    int low = 0;
    int high = ordered.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = Kcmp.kcmp(pid, ordered.get(middle)[0], type, 0, 0);
      if (order == Kcmp.EQUAL) {
        return ordered.get(middle)[1];
      }
      if (order < 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    int id = firstId + ordered.size();
    ordered.add(low, new int[] {pid, id});
    return id;
  }
}
