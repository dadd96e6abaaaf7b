// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.proc.Words;

/** The freezer that every version 2 cgroup but the root has. */
final class FreezerV2 extends Freezer {
  static final String FREEZE = "cgroup.freeze";
  private static final String EVENTS = "cgroup.events";

  FreezerV2(CgroupDirectory directory) {
    super(directory);
  }

  @Override
  public FreezerState state() throws CgroupException {
    for (String line : Words.split(directory.read(EVENTS), '\n')) {
      if (line.equals("frozen 1")) {
        return FreezerState.FROZEN;
      }
      if (line.equals("frozen 0")) {
        boolean freezing = isWanted() || frozenAncestor() != null;
        return freezing ? FreezerState.FREEZING : FreezerState.THAWED;
      }
    }
    throw new CgroupException(path().resolve(EVENTS) + ": no line 'frozen 0' or 'frozen 1'");
  }

  @Override
  public void request(FreezerState wanted) throws CgroupException {
    directory.write(FREEZE, wanted == FreezerState.FROZEN ? "1" : "0");
  }

  @Override
  boolean isWanted() throws CgroupException {
    return directory.read(FREEZE).startsWith("1");
  }

  @Override
  String stateFile() {
    return FREEZE;
  }

  @Override
  Freezer sibling(CgroupDirectory other) {
    return new FreezerV2(other);
  }
}
