// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.List;

/**
 * Where the caller of a dump says watched files are, for {@link dev.torpor.plan.Facts}.
 *
 * @param paths directories as the tasks see them, with all that is below (--irmap-scan-path)
 */
public record SearchOptions(List<String> paths) {
  /** Says nothing. */
  public static final SearchOptions NONE = new SearchOptions(List.of());
}
