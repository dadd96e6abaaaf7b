// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.arch.CallRegisters;
import dev.torpor.arch.XstateLayout;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.ProcessVm;
import dev.torpor.proc.Mapping;
import java.util.List;

/**
 * Memory of a stopped task that questions to its threads may use, one thread after the other, and
 * the memory here of those who ask. What lay there is put back.
 *
 * <p>If the tracer dies, it stays as it is then: dead bytes below a stack pointer.
 */
public final class Scratch implements AutoCloseable {
  private static final int WORDS = 512;

  private final int pid;
  final XstateLayout layout;
  private final DeadStack stacks;
  private final ScratchRange common;
  private final boolean isBlank;
  private final NativeMemory saved = NativeMemory.allocate(DeadStack.LENGTH);

  /** What lies in the range, byte by byte. */
  final NativeMemory content = NativeMemory.allocate(DeadStack.LENGTH);

  final CallRegisters original = new CallRegisters();
  final CallRegisters working = new CallRegisters();
  final CallRegisters after = new CallRegisters();
  final NativeMemory rseq = NativeMemory.allocate(RseqCriticalSection.ROOM_BYTES);
  final NativeMemory xstate = NativeMemory.allocate(RemoteCaller.XSTATE_MAX_BYTES);

  private ScratchRange range;

  /** From where to the end of the range is saved what lay there. */
  private int savedFrom;

  /** Whether a thread stands in it. */
  boolean entered;

  /**
   * Finds memory; nothing is written yet, but the main stack may become longer.
   *
   * @param pid a task
   * @param tids all its threads, the leader first, in ptrace stops of the calling platform thread
   * @param mappings all of them
   * @param layout of this machine's processor
   */
  public static Scratch of(
      int pid, List<Integer> tids, List<Mapping> mappings, XstateLayout layout) {
    long[] stackPointers = new long[tids.size()];
    try (CallRegisters regs = new CallRegisters()) {
      for (int i = 0; i < stackPointers.length; i++) {
        regs.read(tids.get(i));
        stackPointers[i] = regs.stack();
      }
    }
    return new Scratch(pid, mappings, stackPointers, layout);
  }

  Scratch(int pid, List<Mapping> mappings, long[] stackPointers, XstateLayout layout) {
    this.pid = pid;
    this.layout = layout;
    stacks = new DeadStack(pid, mappings, stackPointers);
    ScratchRange end = stacks.endOfMainStack(memory);
    isBlank = end != null && memory.isZero(end.address(), end.lengthBytes());
    common =
        isBlank || (end != null && memory.isReadable(end.address(), end.lengthBytes()))
            ? end
            : null;
  }

  private final DeadStack.Memory memory =
      new DeadStack.Memory() {
        @Override
        public boolean isZero(long address, int lengthBytes) {
          for (int done = 0; done < lengthBytes; done += WORDS * Long.BYTES) {
            if (!isReadable(address + done, WORDS * Long.BYTES)) {
              return false;
            }
            for (long word : saved.getLongs(0, WORDS)) {
              if (word != 0) {
                return false;
              }
            }
          }
          return true;
        }

        @Override
        public boolean isReadable(long address, int lengthBytes) {
          try {
            return ProcessVm.read(pid, address, saved, lengthBytes) == lengthBytes;
          } catch (ErrnoException e) {
            if (e.errno() != Errno.EFAULT.number()) {
              throw e;
            }
            return false;
          }
        }
      };

  /**
   * Pages that hold zeros whenever no thread is asked, and of which there may be none but for that:
   * not worth an image. Null if what is used holds something else: it is as it was only when this
   * is closed.
   */
  public ScratchRange blank() {
    return isBlank ? common : null;
  }

  /**
   * Chooses the memory for a thread.
   *
   * @param leastBytes how much is needed at least
   * @throws UnsupportedException if the task has none
   */
  void choose(long stackPointer, int leastBytes) {
    if (common != null) {
      if (range == null) {
        use(common);
      }
    } else {
      putBack();
      use(stacks.below(stackPointer, leastBytes, memory));
    }
  }

  private void use(ScratchRange chosen) {
    range = chosen;
    savedFrom = chosen.lengthBytes();
  }

  int pid() {
    return pid;
  }

  long address() {
    return range.address();
  }

  int lengthBytes() {
    return range.lengthBytes();
  }

  /** Makes sure that what lies at {@code offset} and behind it can be put back. */
  void save(int offset) {
    if (offset < savedFrom) {
      int count = savedFrom - offset;
      ProcessVm.read(pid, range.address() + offset, saved.slice(offset, count), count);
      savedFrom = offset;
    }
  }

  /** Writes a part of the content; it must be saved. */
  void write(int offset, int count) {
    ProcessVm.write(pid, range.address() + offset, content.slice(offset, count), count);
  }

  /** Reads a part of the content. */
  void read(int offset, int count) {
    ProcessVm.read(pid, range.address() + offset, content.slice(offset, count), count);
  }

  /** Not if a thread could not be put back: it leaves by the frame that lies there. */
  private void putBack() {
    if (range != null && !entered) {
      int count = range.lengthBytes() - savedFrom;
      if (count > 0) {
        ProcessVm.write(pid, range.address() + savedFrom, saved.slice(savedFrom, count), count);
      }
      use(range);
    }
  }

  /** Puts back what lay there. */
  @Override
  public void close() {
    putBack();
    content.close();
    saved.close();
    original.close();
    working.close();
    after.close();
    rseq.close();
    xstate.close();
  }
}
