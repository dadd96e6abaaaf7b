// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.nio.file.Path;

/** A cgroup did not reach the freezer state that was asked for. */
public final class FreezerException extends CgroupException {
  private final Path path;
  private final FreezerState expected;
  private final FreezerState actual;

  FreezerException(Path path, FreezerState expected, FreezerState actual, String why) {
    super("freezer of " + path + ": expected " + expected + ", is " + actual + ": " + why);
    this.path = path;
    this.expected = expected;
    this.actual = actual;
  }

  /** The directory of the cgroup. */
  public Path path() {
    return path;
  }

  /** The state that was asked for. */
  public FreezerState expected() {
    return expected;
  }

  /** The state the cgroup was in when the deadline passed. */
  public FreezerState actual() {
    return actual;
  }
}
