// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.plan.Facts;
import dev.torpor.plan.PlanWarnings;
import dev.torpor.room.Rooms;
import java.util.Map;

/**
 * What a caller says about the plan of a restore. A dump plans with what it knows of the restore to
 * come, and takes what only that can say for given.
 *
 * @param rooms of all modules
 * @param namespaces plans their return
 * @param inherited descriptors that the first task has, by what they stand for
 * @param assumesGiven whether a descriptor of a namespace that is not {@code inherited} will be
 * @param checksFileMode whether type and permissions of files must be what they were
 * @param facts options that matter to one room alone
 */
record PlanOptions(
    Rooms rooms,
    NamespacePlanning namespaces,
    Map<String, Integer> inherited,
    boolean assumesGiven,
    boolean checksFileMode,
    Facts facts) {
  static PlanOptions of(RestoreOptions options, RestoreModules modules, Rooms rooms) {
    Facts facts = options.facts().copy().with(new PlanWarnings(options.log()::warn));
    return new PlanOptions(
        rooms, modules, options.inherited(), false, options.checksFileMode(), facts);
  }

  /** For the check that what is dumped comes back. */
  static PlanOptions of(DumpOptions options, DumpModules modules, Rooms rooms) {
    return new PlanOptions(rooms, modules::planned, Map.of(), true, true, options.facts());
  }
}
