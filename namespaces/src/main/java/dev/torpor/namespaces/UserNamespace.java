// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.plan.Contribution;

/** User namespaces, user_namespaces(7): not carried. */
final class UserNamespace implements NamespaceRoom {
  @Override
  public NamespaceKind kind() {
    return NamespaceKind.USER;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    throw new UnsupportedException(
        "task " + namespace.pid(),
        "it lives in another user namespace than Torpor; user namespaces are not carried");
  }

  @Override
  public boolean isMadeByClone() {
    return false;
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    throw new UnsupportedException("user namespace", "Torpor does not restore into a new one");
  }
}
