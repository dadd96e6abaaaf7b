// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.proc.Words;
import java.util.List;
import java.util.function.Consumer;

/**
 * The devices controller of version 1. devices.list is read-only; what it lists is written to
 * devices.allow, one line per write(2), after all has been denied.
 */
final class DevicesController implements Controller {
  private static final String LIST = "devices.list";

  @Override
  public String name() {
    return "devices";
  }

  @Override
  public List<String> properties() {
    return List.of(LIST);
  }

  @Override
  public RestoreMoment moment(String property) {
    return property.equals(LIST) ? RestoreMoment.ON_CREATION : RestoreMoment.AFTER_TASKS;
  }

  @Override
  public void restore(
      CgroupDirectory directory, String property, String value, Consumer<String> warnings)
      throws CgroupException {
    if (!property.equals(LIST)) {
      Controller.super.restore(directory, property, value, warnings);
      return;
    }
    if (capture(LIST, directory.read(LIST)).equals(value)) {
      return;
    }
    directory.write("devices.deny", "a");
    for (String line : Words.split(value, '\n')) {
      if (!line.isEmpty()) {
        directory.write("devices.allow", line);
      }
    }
  }
}
