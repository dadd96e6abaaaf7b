// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.pidns_entry;
import java.io.IOException;
import java.util.Set;

/**
 * The pid namespace, pid_namespaces(7). It has no state besides its tasks; an image says only that
 * a restore is given the namespace.
 */
final class PidNamespace implements NamespaceRoom {
  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.PIDNS);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.PID;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    int root = namespace.pid();
    int[] pids = namespace.proc().status(root, root).numbers("NSpid");
    if (namespace.externalKey() == null && pids[pids.length - 1] != 1) {
      throw new UnsupportedException(
          "task " + root,
          "it is not the init of its pid namespace, which is not Torpor's either; dump the init's"
              + " tree, or give --external pid["
              + namespace.inode()
              + "]:KEY if the namespace is there at the restore");
    }
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    String externalKey = namespace.externalKey();
    if (externalKey != null) {
      images.add(
          ImageType.PIDNS, namespace.id(), pidns_entry.newBuilder().setExtKey(externalKey).build());
    }
  }

  @Override
  public String givenKey(ReturnedNamespace namespace) {
    pidns_entry entry = namespace.optional(ImageType.PIDNS, pidns_entry.parser());
    return entry != null && entry.hasExtKey() ? entry.getExtKey() : null;
  }
}
