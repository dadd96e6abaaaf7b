// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;
import java.util.function.Consumer;

/** The memory controller of version 1. */
final class MemoryController implements Controller {
  private static final String OOM_CONTROL = "memory.oom_control";
  private static final String KMEM_LIMIT = "memory.kmem.limit_in_bytes";
  private static final String OOM_KILL_DISABLE = "oom_kill_disable ";

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public List<String> properties() {
    // The kernel wants limit_in_bytes lowered before memsw.limit_in_bytes.
    return List.of(
        "memory.limit_in_bytes",
        "memory.memsw.limit_in_bytes",
        "memory.swappiness",
        "memory.soft_limit_in_bytes",
        "memory.move_charge_at_immigrate",
        OOM_CONTROL,
        "memory.use_hierarchy",
        KMEM_LIMIT,
        "memory.kmem.tcp.limit_in_bytes");
  }

  @Override
  public String capture(String property, String text) throws CgroupException {
    if (!property.equals(OOM_CONTROL)) {
      return Controller.super.capture(property, text);
    }
    if (!text.startsWith(OOM_KILL_DISABLE)) {
      throw new CgroupException(
          OOM_CONTROL + ": line '" + OOM_KILL_DISABLE + "N' expected: " + text);
    }
    return text.substring(OOM_KILL_DISABLE.length(), text.indexOf('\n'));
  }

  @Override
  public RestoreMoment moment(String property) {
    return switch (property) {
      case "memory.swappiness", OOM_CONTROL, "memory.use_hierarchy", KMEM_LIMIT ->
          RestoreMoment.ON_CREATION;
      default -> RestoreMoment.AFTER_TASKS;
    };
  }

  @Override
  public void restore(
      CgroupDirectory directory, String property, String value, Consumer<String> warnings)
      throws CgroupException {
    try {
      Controller.super.restore(directory, property, value, warnings);
    } catch (CgroupException e) {
      // Since Linux 5.16 the kernel answers EOPNOTSUPP: it limits kernel memory with the rest.
      if (!property.equals(KMEM_LIMIT)) {
        throw e;
      }
      warnings.accept(e.getMessage() + " (no longer settable; the memory limit covers it)");
    }
  }
}
