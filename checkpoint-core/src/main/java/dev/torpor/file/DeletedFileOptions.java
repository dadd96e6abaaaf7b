// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * What the caller of a dump says about deleted files, for {@link dev.torpor.plan.Facts}.
 *
 * @param limitBytes of the blocks that one may have on disk (--ghost-limit)
 * @param links whether a file that has lost its name and has others may be given one (--link-remap)
 */
public record DeletedFileOptions(long limitBytes, boolean links) {
  /** CRIU's. */
  public static final DeletedFileOptions DEFAULT = new DeletedFileOptions(1 << 20, false);
}
