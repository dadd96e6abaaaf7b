// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

/** The freezer controller of version 1. */
final class FreezerV1 extends Freezer {
  static final String STATE = "freezer.state";

  FreezerV1(CgroupDirectory directory) {
    super(directory);
  }

  @Override
  public FreezerState state() throws CgroupException {
    String text = directory.read(STATE).strip();
    return switch (text) {
      case "THAWED" -> FreezerState.THAWED;
      case "FREEZING" -> FreezerState.FREEZING;
      case "FROZEN" -> FreezerState.FROZEN;
      default ->
          throw new CgroupException(
              path().resolve(STATE) + ": expected THAWED, FREEZING or FROZEN, is '" + text + "'");
    };
  }

  @Override
  public void request(FreezerState wanted) throws CgroupException {
    directory.write(STATE, wanted.name());
  }

  @Override
  boolean isWanted() throws CgroupException {
    return directory.read("freezer.self_freezing").startsWith("1");
  }

  @Override
  String stateFile() {
    return STATE;
  }

  @Override
  Freezer sibling(CgroupDirectory other) {
    return new FreezerV1(other);
  }
}
