// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.core.DumpModules;
import dev.torpor.core.Modules;
import dev.torpor.core.RestoreModules;
import dev.torpor.room.Rooms;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.OptionsBuilder;
import java.util.function.Supplier;

/** Namespaces and cgroups as CRIU's options want them. */
public final class CriuModules implements Modules {
  private final CriuOptions options;

  /** With CRIU's defaults: the service that META-INF names. */
  public CriuModules() {
    this(new OptionsBuilder().build());
  }

  /** With these. */
  public CriuModules(CriuOptions options) {
    this.options = options;
  }

  @Override
  public Rooms rooms() {
    return AllRooms.make();
  }

  @Override
  public DumpModules forDump(Supplier<Rooms> catalogue) {
    return new DumpWiring(options, catalogue);
  }

  @Override
  public RestoreModules forRestore(Supplier<Rooms> catalogue) {
    return new RestoreWiring(options, catalogue);
  }
}
