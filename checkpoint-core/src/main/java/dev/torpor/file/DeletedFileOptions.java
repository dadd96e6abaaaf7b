// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * What the caller of a dump says about deleted files, for {@link dev.torpor.plan.Facts}.
 *
 * @param limitBytes of the blocks that one may have on disk (--ghost-limit)
 */
public record DeletedFileOptions(long limitBytes) {
  /** CRIU's. */
  public static final DeletedFileOptions DEFAULT = new DeletedFileOptions(1 << 20);
}
