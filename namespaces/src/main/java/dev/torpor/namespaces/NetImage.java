// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;

/**
 * An image of a network namespace that CRIU had another tool write, of which nothing is brought
 * back: it is read to refuse what would be lost.
 */
record NetImage(ReturnedNamespace namespace, ImageType type) {
  private static final int MOST_BYTES = 1 << 20;

  /** Its content; none if there is no such image. */
  byte[] bytes() {
    return namespace.images().bytes(type, namespace.id(), MOST_BYTES);
  }

  UnsupportedException lost(String what) {
    return lost(namespace, type, what);
  }

  /** Refuses what a namespace that is made would not have. */
  static UnsupportedException lost(ReturnedNamespace namespace, ImageType type, String what) {
    return new UnsupportedException(
        type.fileName(namespace.id()),
        what
            + " is not brought back; give --empty-ns net if you set the network up yourself,"
            + " --join-ns net:FILE if there is one already, or restore with CRIU");
  }

  ImageException damaged(String found) {
    return ImageException.contradiction(type.fileName(namespace.id()), found);
  }

  /** It holds what cannot be taken apart. */
  ImageException damaged(IllegalArgumentException cause) {
    ImageException damaged = damaged(cause.getMessage());
    damaged.addSuppressed(cause);
    return damaged;
  }
}
