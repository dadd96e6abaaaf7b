// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;

/** An open file in the kernel's memory, where that tells what no file and no call does. */
final class KernelFile implements AutoCloseable {
  private final KernelTypes types;
  private final KernelMemory memory;
  private final long address;

  private KernelFile(KernelTypes types, KernelMemory memory, int fd) {
    this.types = types;
    this.memory = memory;
    this.address = memory.openFile(fd);
  }

  /**
   * Looks at it.
   *
   * @param fd Torpor's own descriptor
   * @param what is to be known of it, for a message
   * @param wayOut the end of the message
   * @throws UnsupportedException if the kernel does not let us
   */
  static KernelFile of(String subject, int fd, String what, String wayOut) {
    try {
      return open(fd);
    } catch (ErrnoException e) {
      throw new UnsupportedException(
          subject,
          what
              + " only BPF tells, which is not permitted here ("
              + e.getMessage()
              + "): it takes CAP_BPF and CAP_PERFMON"
              + wayOut);
    }
  }

  /** The same, or null if the kernel does not let us. */
  static KernelFile find(int fd) {
    try {
      return open(fd);
    } catch (ErrnoException e) {
      return null;
    }
  }

  private static KernelFile open(int fd) {
    KernelTypes types = KernelTypes.ofThisKernel();
    KernelMemory memory = new KernelMemory(types);
    try {
      return new KernelFile(types, memory, fd);
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** Its struct file. */
  long address() {
    return address;
  }

  /** What its kind keeps of it. */
  long privateData() {
    return memory.pointer(address, "file", "private_data");
  }

  KernelTypes types() {
    return types;
  }

  KernelMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    memory.close();
  }
}
