// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.pidns_entry;
import java.io.IOException;

/**
 * The pid namespace, pid_namespaces(7). It has no state besides its tasks; an image says only that
 * a restore is given the namespace.
 */
final class PidNamespace implements NamespaceRoom {
  private final TreeIds ids;
  private final String externalKey;

  PidNamespace(TreeIds ids, DumpOptions options) {
    this.ids = ids;
    this.externalKey = options.namespaceKey(NamespaceKind.PID, ids.inode(NamespaceKind.PID));
  }

  @Override
  public void check() {
    int root = ids.rootPid();
    int[] pids = ids.proc().status(root, root).numbers("NSpid");
    if (externalKey == null && pids[pids.length - 1] != 1) {
      throw new UnsupportedException(
          "task " + root,
          "it is not the init of its pid namespace, which is not Torpor's either; dump the init's"
              + " tree, or give --external pid["
              + ids.inode(NamespaceKind.PID)
              + "]:KEY if the namespace is there at the restore");
    }
  }

  @Override
  public void write(ImageDirectory images) throws IOException {
    if (externalKey != null) {
      try (ImageWriter writer = images.write(ImageType.PIDNS, ids.id(NamespaceKind.PID))) {
        writer.write(pidns_entry.newBuilder().setExtKey(externalKey).build());
      }
    }
  }
}
