// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

/**
 * One mapping as /proc/PID/smaps shows it.
 *
 * @param start first address
 * @param end first address behind it
 * @param permissions as printed: {@code rw-p}
 * @param offsetBytes offset in the mapped file
 * @param device as printed, hexadecimal: {@code fe:00}
 * @param inode 0 if no file is mapped
 * @param name path or {@code [heap]}, empty for an anonymous mapping
 * @param vmFlags two-letter flags with a blank before and behind each: {@code " rd wr mr "}
 */
public record Mapping(
    long start,
    long end,
    String permissions,
    long offsetBytes,
    String device,
    long inode,
    String name,
    String vmFlags) {

  /** Size in bytes. */
  public long lengthBytes() {
    return end - start;
  }

  /** Whether MAP_SHARED. */
  public boolean isShared() {
    return permissions.charAt(3) == 's';
  }

  /** Whether code can be executed here. */
  public boolean isExecutable() {
    return permissions.charAt(2) == 'x';
  }

  /** Whether it can be read. */
  public boolean isReadable() {
    return permissions.charAt(0) == 'r';
  }

  /** Whether the kernel set a flag: {@code gd}, {@code lo} ... (proc_pid_smaps(5)). */
  public boolean hasFlag(String flag) {
    for (int at = 1; at < vmFlags.length(); at += 3) {
      if (vmFlags.startsWith(flag, at)) {
        return true;
      }
    }
    return false;
  }

  /** PROT_ bits of asm-generic/mman-common.h. */
  public int protection() {
    return (permissions.charAt(0) == 'r' ? 1 : 0)
        | (permissions.charAt(1) == 'w' ? 2 : 0)
        | (permissions.charAt(2) == 'x' ? 4 : 0);
  }

  /** Whether a file (or shared memory that has an inode) is mapped. */
  public boolean hasFile() {
    return inode != 0;
  }

  /** The name of its link in /proc/PID/map_files. */
  public String mapFilesName() {
    return Long.toHexString(start) + "-" + Long.toHexString(end);
  }

  @Override
  public String toString() {
    return "mapping " + mapFilesName() + (name.isEmpty() ? "" : " (" + name + ")");
  }
}
