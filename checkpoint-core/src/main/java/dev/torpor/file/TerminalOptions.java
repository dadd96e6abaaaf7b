// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * What the caller of a dump or restore says about terminals, for {@link dev.torpor.plan.Facts}.
 *
 * @param outsideSession whether a terminal may belong to a session outside the tree (--shell-job)
 * @param standardInput whether such a terminal becomes the one that is the launcher's standard
 *     input; a dump says it of the restore to come
 * @param takesMaster whether the caller takes the master of a terminal whose other side is outside
 *     the tree (--orphan-pts-master)
 */
public record TerminalOptions(boolean outsideSession, boolean standardInput, boolean takesMaster) {
  /** Nothing is allowed beyond terminals that are in the tree as a whole. */
  public static final TerminalOptions NONE = new TerminalOptions(false, false, false);
}
