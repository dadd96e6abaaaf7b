// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

/**
 * Which namespaces a tree shares with the process that starts it: what others have there the tree
 * cannot have, and it can be asked for before any task exists. A fact, told by who plans the
 * namespaces.
 */
public final class Surroundings {
  private long shared;

  /** The tree will live in the starter's own namespace of this kind, CLONE_NEW*. */
  public void share(int kind) {
    shared |= Integer.toUnsignedLong(kind);
  }

  /** Whether that is so of a kind, CLONE_NEW*. */
  public boolean shares(long kind) {
    return (shared & kind) != 0;
  }
}
