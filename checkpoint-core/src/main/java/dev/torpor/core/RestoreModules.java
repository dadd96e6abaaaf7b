// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import java.nio.file.Path;
import java.util.function.Consumer;

/** What a restore needs of the modules beside the core, made for its options. */
public interface RestoreModules extends NamespacePlanning {
  /**
   * The cgroups of a tree.
   *
   * @param journal is told of every directory before it is made
   * @param warnings is told of what is not as it was, one line each
   */
  CgroupReturner cgroups(Consumer<Path> journal, Consumer<String> warnings);
}
