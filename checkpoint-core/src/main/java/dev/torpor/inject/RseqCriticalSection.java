// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Ptrace.RseqConfiguration;

/**
 * Where a thread registered its restartable sequences, rseq(2), and the critical section it may be
 * in. struct rseq and struct rseq_cs are in include/uapi/linux/rseq.h.
 *
 * <p>On each return to user space after a preemption the kernel looks whether the thread is inside
 * the section that {@code rseq_cs} points to. If so it goes on at the abort handler; if not the
 * pointer is cleared. Other code run in the thread, as for a question, is outside: the pointer
 * would be lost, and the thread would finish its section on another processor as if nothing had
 * happened. So this is read before any call is made in the thread, and {@linkplain #putBack put
 * back} after the last.
 */
public final class RseqCriticalSection {
  private static final int RSEQ_CS = 8;
  private static final int RSEQ_FLAGS = 16;
  private static final int RSEQ_BYTES = 24;

  private static final int CS_VERSION = 0;
  private static final int CS_FLAGS = 4;
  private static final int CS_START_IP = 8;
  private static final int CS_POST_COMMIT_OFFSET = 16;
  private static final int CS_ABORT_IP = 24;
  private static final int CS_BYTES = 32;

  /** For any of the structures, in bytes. */
  public static final int ROOM_BYTES = 32;

  /** RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL; deprecated since Linux 6.1. */
  private static final int NO_RESTART_ON_SIGNAL = 2;

  private final int pid;
  private final int tid;
  private final long area;
  private final int areaBytes;
  private final int signature;
  private long pointer;
  private int flags;
  private long startIp;
  private long lengthBytes;
  private long abortIp;

  private RseqCriticalSection(int pid, int tid, NativeMemory configuration) {
    this.pid = pid;
    this.tid = tid;
    area = configuration.getLong(RseqConfiguration.rseq_abi_pointer);
    areaBytes = configuration.getInt(RseqConfiguration.rseq_abi_size);
    signature = configuration.getInt(RseqConfiguration.signature);
  }

  /**
   * Looks from outside.
   *
   * @param pid the thread's task
   * @param tid a thread in a ptrace stop of the calling platform thread
   */
  public static RseqCriticalSection read(int pid, int tid) {
    try (NativeMemory room = NativeMemory.allocate(ROOM_BYTES)) {
      return read(pid, tid, room);
    }
  }

  /**
   * As {@link #read(int, int)}.
   *
   * @param room {@link #ROOM_BYTES} to be used meanwhile
   */
  public static RseqCriticalSection read(int pid, int tid, NativeMemory room) {
    Ptrace.getRseqConfiguration(tid, room);
    RseqCriticalSection section = new RseqCriticalSection(pid, tid, room);
    if (section.area != 0) {
      section.readArea(room);
    }
    return section;
  }

  private void readArea(NativeMemory memory) {
    read(area, memory, RSEQ_BYTES);
    pointer = memory.getLong(RSEQ_CS);
    flags = memory.getInt(RSEQ_FLAGS);
    if (pointer == 0) {
      return;
    }
    read(pointer, memory, CS_BYTES);
    if (memory.getInt(CS_VERSION) != 0) {
      throw new UnsupportedException(
          "restartable sequence of thread " + tid,
          "struct rseq_cs has version " + memory.getInt(CS_VERSION) + ", only 0 is known");
    }
    flags |= memory.getInt(CS_FLAGS);
    startIp = memory.getLong(CS_START_IP);
    lengthBytes = memory.getLong(CS_POST_COMMIT_OFFSET);
    abortIp = memory.getLong(CS_ABORT_IP);
  }

  private void read(long address, NativeMemory target, int count) {
    if (ProcessVm.read(pid, address, target, count) != count) {
      throw new UnsupportedException(
          "restartable sequence of thread " + tid,
          "its memory at 0x" + Long.toHexString(address) + " cannot be read");
    }
  }

  /** Address of struct rseq, 0 if none is registered. */
  public long area() {
    return area;
  }

  /** Size of the registered struct rseq in bytes. */
  public int areaBytes() {
    return areaBytes;
  }

  /** What stands before each abort handler. */
  public int signature() {
    return signature;
  }

  /** Address of struct rseq_cs, 0 if there is none. */
  public long pointer() {
    return pointer;
  }

  /** Whether the section asks not to be aborted by signals. */
  public boolean ignoresSignals() {
    return (flags & NO_RESTART_ON_SIGNAL) != 0;
  }

  /** Whether an instruction is inside the section. */
  public boolean contains(long ip) {
    return startIp != 0 && Long.compareUnsigned(ip - startIp, lengthBytes) < 0;
  }

  /**
   * Where a thread that stands at {@code ip} goes on in its image: at the abort handler if inside.
   */
  public long resumeIp(long ip) {
    return contains(ip) && !ignoresSignals() ? abortIp : ip;
  }

  /**
   * Writes the pointer again. The thread must be in its stop, with the registers it had at first;
   * the kernel then aborts the section when it is let go.
   */
  public void putBack() {
    if (pointer == 0) {
      return;
    }
    try (NativeMemory word = NativeMemory.allocate(Long.BYTES)) {
      ProcessVm.write(pid, area + RSEQ_CS, word.putLong(0, pointer), Long.BYTES);
    }
  }
}
