// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.DumpException;

/**
 * Keeps the network of a tree from answering while the tree is away. Torpor itself has nothing to
 * lock, because established connections are refused; but those are told who lock it, if the tree
 * has a network of its own. That of a tree that stays stopped stays locked, as with CRIU, until a
 * restore.
 */
final class NetworkLock implements TreeRoom {
  private boolean locked;

  @Override
  public void freeze(WholeTree tree) {
    if (!tree.ownNetwork()) {
      return;
    }
    // Of several scripts some may have locked it before one refused: CRIU unlocks then, too.
    locked = true;
    if (tree.notifier().notify(Notifier.Action.NETWORK_LOCK, tree.rootPid()) != 0) {
      throw new DumpException("the network-lock script failed; the tree goes on");
    }
  }

  @Override
  public void thaw(WholeTree tree) {
    if (locked) {
      tree.notifier().notify(Notifier.Action.NETWORK_UNLOCK, tree.rootPid());
    }
  }

  @Override
  public void returned(WholeTree tree) {
    if (tree.ownNetwork()) {
      tree.notifier().notify(Notifier.Action.NETWORK_UNLOCK, tree.rootPid());
    }
  }
}
