// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.Remaps;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/**
 * The names that a dump gave to files which had lost theirs (--link-remap): when the tree is there
 * again nobody needs them, and they go as with CRIU.
 */
final class LinkedFiles implements TreeRoom {
  private final List<String> names = new ArrayList<>();

  @Override
  public void plan(RestorePlan plan) {
    names.addAll(Remaps.links(plan.images()));
  }

  @Override
  public void returned(WholeTree tree) {
    for (String name : names) {
      try {
        Unistd.unlinkat(Fcntl.AT_FDCWD, "/proc/" + tree.rootPid() + "/root" + name, 0);
      } catch (ErrnoException e) {
        if (!e.is(Errno.ENOENT)) {
          throw e;
        }
      }
    }
  }
}
