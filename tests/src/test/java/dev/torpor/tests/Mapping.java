// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.util.List;

/**
 * One line of /proc/PID/maps, without the device and inode numbers, which the path makes redundant.
 */
record Mapping(long start, long end, String protection, long offset, String path) {

  static Mapping parse(String line) {
    String[] columns = line.split(" +", 6);
    List<String> range = List.of(columns[0].split("-", -1));
    String path = columns.length > 5 ? columns[5] : "";
    return new Mapping(
        Long.parseUnsignedLong(range.get(0), 16),
        Long.parseUnsignedLong(range.get(1), 16),
        columns[1],
        Long.parseLong(columns[2], 16),
        path.equals("/memfd:/dev/zero (deleted)") ? "/dev/zero (deleted)" : path);
  }

  boolean isContinuedBy(Mapping next) {
    boolean isFile = path.startsWith("/");
    return end == next.start
        && protection.equals(next.protection)
        && path.equals(next.path)
        && (!isFile || offset + (end - start) == next.offset);
  }

  Mapping upTo(long newEnd) {
    return new Mapping(start, newEnd, protection, offset, path);
  }

  @Override
  public String toString() {
    return Long.toHexString(start)
        + "-"
        + Long.toHexString(end)
        + " "
        + protection
        + " "
        + Long.toHexString(offset)
        + " "
        + path;
  }
}
