// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.nio.file.Path;
import java.util.List;

/** A program that is dumped and restored, and that can tell whether it came back whole. */
interface Subject {
  /** The name the test report shows. */
  String name();

  /** The command to start, given an own directory for its files. */
  List<String> command(Path directory);

  /** Waits until the program works, and gives it its data. */
  void prepare(Path directory);

  /**
   * A number that grows while the program runs; it goes on after a restore, it does not start anew.
   */
  long progress(Path directory);

  /** Wipes the last report of a program that has ended, so that a later one is known to be new. */
  default void forget(Path directory) {}

  /** Everything the program knows of itself that a dump and a restore must not change. */
  String state(Path directory);

  /** Whether all processes stay: short-lived children cannot be compared one by one. */
  default boolean hasLastingProcessesOnly() {
    return true;
  }

  /** Whether mappings stay as they are while the program runs. */
  default boolean hasFixedMappings() {
    return true;
  }
}
