// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.room.Rooms;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * Namespaces and cgroups, which the core does not know. Whoever provides them is a service of this
 * name ({@link ServiceLoader}), with defaults, or is made with options of its own and given to
 * {@link Checkpointer.Builder#modules}.
 */
public interface Modules {
  /** The rooms of the core and of all modules, made for one operation. */
  Rooms rooms();

  /**
   * For a dump.
   *
   * @param catalogue makes the rooms anew for each look at a tree: {@link #rooms}, as the caller
   *     has changed them
   */
  DumpModules forDump(Supplier<Rooms> catalogue);

  /**
   * For a restore.
   *
   * @param catalogue as for a dump
   */
  RestoreModules forRestore(Supplier<Rooms> catalogue);

  /**
   * Those of the class path. Only for who was given none: a JVM looks through all jars for them.
   *
   * @throws UnsupportedException if there are none
   */
  static Modules found() {
    for (Modules modules : ServiceLoader.load(Modules.class, Modules.class.getClassLoader())) {
      return modules;
    }
    throw new UnsupportedException(
        "namespaces and cgroups",
        "nothing on the class path carries them; add torpor-runtime-hook to it");
  }
}
