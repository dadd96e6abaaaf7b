// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

/**
 * How much of an archive is taken, whoever made it: a few kilobytes can be unpacked to terabytes.
 *
 * @param totalBytes of all that is read, unpacked
 * @param entryCount files and directories
 */
public record ArchiveLimits(long totalBytes, int entryCount) {
  /**
   * 64 GiB, a hundred thousand entries: a checkpoint has one file for each thread, and few more.
   */
  public static final ArchiveLimits DEFAULT = new ArchiveLimits(64L << 30, 100_000);
}
