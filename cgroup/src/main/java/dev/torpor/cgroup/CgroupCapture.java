// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cgroup_entry;
import java.util.Map;

/**
 * What a dump saves about cgroups.
 *
 * @param entry the one entry of cgroup.img, or null if that file has none: all tasks are in the
 *     cgroups of the dumper
 * @param dumperSetId inventory.root_cg_set: the set of the dumper; tasks of that set stay in the
 *     cgroups of whoever restores them
 * @param setIds thread_core.cg_set of every thread, by thread id
 */
public record CgroupCapture(cgroup_entry entry, int dumperSetId, Map<Integer, Integer> setIds) {

  /** Copies the map. */
  public CgroupCapture {
    setIds = Map.copyOf(setIds);
  }
}
