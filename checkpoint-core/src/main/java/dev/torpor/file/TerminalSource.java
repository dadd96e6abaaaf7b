// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.TtyType;
import dev.torpor.image.proto.tty_info_entry;

/** Where the other side of a terminal comes from at a restore. */
enum TerminalSource {
  /** The tree has it. */
  MASTER_IN_TREE,
  /** The terminal itself is given by its numbers (--inherit-fd tty[rdev:dev]). */
  GIVEN,
  /** It becomes the terminal that the restore is run from (--shell-job). */
  OF_SHELL,
  /** It is opened, and whoever restores takes it (orphan_pts_master). */
  ORPHAN,
  /** No option says. */
  UNKNOWN;

  /** A tree of a runtime has its own session; that of a shell's job does not. */
  static TerminalSource of(tty_info_entry info, FilesPlanner planner) {
    TerminalOptions options = planner.facts().of(TerminalOptions.class, () -> TerminalOptions.NONE);
    if (info.getType() != TtyType.PTY
        || Terminals.info(planner.images(), Terminals.masterId(info.getPty().getIndex())) != null) {
      return MASTER_IN_TREE;
    }
    if (planner.options().inherited().containsKey(Terminals.givenKey(info))) {
      return GIVEN;
    }
    boolean shell = options.standardInput();
    boolean ownSession = planner.task(info.getSid()) != null;
    if (options.takesMaster() && (ownSession || !shell)) {
      return ORPHAN;
    }
    return shell ? OF_SHELL : UNKNOWN;
  }
}
