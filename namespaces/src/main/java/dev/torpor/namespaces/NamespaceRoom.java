// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageDirectory;
import java.io.IOException;

/** One namespace of the tree, which is part of the checkpoint. */
interface NamespaceRoom {
  /**
   * Looks at the tree while it still runs.
   *
   * @throws UnsupportedException for a state that cannot be carried
   */
  void check();

  /**
   * Writes its images, while the tree is frozen.
   *
   * @throws UnsupportedException for a state that cannot be carried and that came up after {@link
   *     #check}
   */
  void write(ImageDirectory images) throws IOException;
}
