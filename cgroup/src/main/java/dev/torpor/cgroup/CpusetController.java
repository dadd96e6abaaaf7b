// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;

/**
 * The cpuset controller of version 1. A cpuset without CPUs or memory nodes takes no task (ENOSPC),
 * and one inside of it gets none either.
 */
final class CpusetController implements Controller {
  private static final String CPUS = "cpuset.cpus";
  private static final String MEMS = "cpuset.mems";

  @Override
  public String name() {
    return "cpuset";
  }

  @Override
  public List<String> properties() {
    return List.of(
        CPUS,
        MEMS,
        "cpuset.memory_migrate",
        "cpuset.cpu_exclusive",
        "cpuset.mem_exclusive",
        "cpuset.mem_hardwall",
        "cpuset.memory_spread_page",
        "cpuset.memory_spread_slab",
        "cpuset.sched_load_balance",
        "cpuset.sched_relax_domain_level");
  }

  @Override
  public RestoreMoment moment(String property) {
    return property.equals(CPUS) || property.equals(MEMS)
        ? RestoreMoment.ON_CREATION
        : RestoreMoment.AFTER_TASKS;
  }

  @Override
  public void initialise(CgroupDirectory directory, CgroupDirectory parent) throws CgroupException {
    for (String property : new String[] {CPUS, MEMS}) {
      restore(directory, property, parent.read(property).strip(), warning -> {});
    }
  }
}
