// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.proc.Words;
import java.util.List;
import java.util.function.Consumer;

/**
 * The net_prio controller of version 1: one write(2) per interface, and only for those with a
 * priority. An interface that is not there any more is no reason to fail.
 */
final class NetPrioController implements Controller {
  private static final String IFPRIOMAP = "net_prio.ifpriomap";

  @Override
  public String name() {
    return "net_prio";
  }

  @Override
  public List<String> properties() {
    return List.of(IFPRIOMAP);
  }

  @Override
  public void restore(
      CgroupDirectory directory, String property, String value, Consumer<String> warnings)
      throws CgroupException {
    if (!property.equals(IFPRIOMAP)) {
      Controller.super.restore(directory, property, value, warnings);
      return;
    }
    for (String line : Words.split(value, '\n')) {
      if (line.isEmpty() || line.endsWith(" 0")) {
        continue;
      }
      try {
        directory.write(IFPRIOMAP, line);
      } catch (CgroupException e) {
        warnings.accept(e.getMessage());
      }
    }
  }
}
