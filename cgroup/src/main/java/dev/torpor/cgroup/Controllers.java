// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.room.Room;
import dev.torpor.room.Rooms;
import java.util.List;

/** The list of controllers; supporting another one means adding it here. */
public final class Controllers {
  private final List<Controller> known;
  private final Controller common = new CommonFiles();

  Controllers(Rooms catalogue) {
    known = catalogue.of(Controller.class);
  }

  /** All that need more than their name. */
  public static List<? extends Room> all() {
    return List.of(
        new PlainController(
            "cpu",
            List.of(
                "cpu.shares",
                "cpu.cfs_period_us",
                "cpu.cfs_quota_us",
                "cpu.rt_period_us",
                "cpu.rt_runtime_us")),
        new MemoryController(),
        new CpusetController(),
        new PlainController("blkio", List.of("blkio.weight")),
        new PlainController("net_cls", List.of("net_cls.classid")),
        new NetPrioController(),
        new PlainController("pids", List.of("pids.max")),
        new DevicesController());
  }

  /** The controller that a file belongs to. */
  Controller ofProperty(String property) {
    int dot = property.indexOf('.');
    if (dot < 0 || property.startsWith("cgroup.") || property.equals(FreezerV1.STATE)) {
      return common;
    }
    return named(property.substring(0, dot));
  }

  /** Those that are known, in the order of the catalogue. */
  List<Controller> known() {
    return known;
  }

  /** The controller of that name; one that is not known has nothing special. */
  Controller named(String name) {
    for (Controller controller : known) {
      if (controller.name().equals(name)) {
        return controller;
      }
    }
    return new PlainController(name, List.of());
  }
}
