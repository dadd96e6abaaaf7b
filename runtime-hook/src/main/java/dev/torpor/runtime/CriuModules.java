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
  private static final String OWN = "self";

  private final CriuOptions options;
  private final String process;

  /** With CRIU's defaults: the service that META-INF names. */
  public CriuModules() {
    this(new OptionsBuilder().build());
  }

  /** With these. */
  public CriuModules(CriuOptions options) {
    this(options, OWN);
  }

  /**
   * With these.
   *
   * @param process whose cgroups are Torpor's, as /proc names it
   */
  CriuModules(CriuOptions options, String process) {
    this.options = options;
    this.process = process;
  }

  @Override
  public Rooms rooms() {
    return AllRooms.make();
  }

  @Override
  public DumpModules forDump(Supplier<Rooms> catalogue) {
    return new DumpWiring(options, process, catalogue);
  }

  @Override
  public RestoreModules forRestore(Supplier<Rooms> catalogue) {
    return new RestoreWiring(options, process, catalogue);
  }
}
