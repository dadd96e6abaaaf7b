// SPDX-License-Identifier: Apache-2.0
package dev.torpor.arch;

import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal;

/**
 * Words on a thread's stack that make it walk many system calls in one go, by nothing but {@code
 * ret} through instructions that it already has:
 *
 * <pre>
 *   per call   pop rax; nr   pop rdi; arg   pop rsi; arg   pop rdx; arg   syscall
 *              pop rsi; where the result goes   mov %rax,(%rsi)
 *   at the end tkill of itself, and then the {@link SignalFrame}
 * </pre>
 *
 * <p>The signal at the end is what tells the tracer: it stops the thread behind its last call. If
 * the tracer has died the kernel drops it, because by default it is ignored, and the thread goes on
 * to the frame and so to where it stood. See {@link #quietSignal}.
 *
 * <p>A call has three arguments of its own, two where the program never pops rdx; the others are in
 * registers that calls leave alone, the same for all of a chain.
 */
public final class CallChain {
  private static final int WORDS_PER_CALL = 12;
  private static final int WORDS_AT_END = 9;

  /** Which word of a close(2) is its argument. */
  private static final int CLOSED_FD = 3;

  /** Longest chain in bytes; a multiple of the signal frame's alignment. */
  public static final int MAX_BYTES = 2048;

  /** How many calls fit into one. */
  public static final int MAX_CALLS = (MAX_BYTES / Long.BYTES - WORDS_AT_END) / WORDS_PER_CALL;

  private final Gadgets.Found gadgets;
  private final long[] words = new long[MAX_BYTES / Long.BYTES];
  private final long endAddress;
  private final int ownArgs;
  private long[] common;
  private int used;
  private int calls;

  /** Number of the word behind the stop at which a descriptor is lent. */
  private int lent;

  /**
   * An empty chain.
   *
   * @param endAddress where the words end and the signal frame begins
   */
  public CallChain(Gadgets.Found gadgets, long endAddress) {
    this.gadgets = gadgets;
    this.endAddress = endAddress;
    this.ownArgs = gadgets.chain().hasPopRdx() ? 3 : 2;
  }

  /**
   * A signal that does nothing to a thread without a tracer, and that nobody waits for: ignored by
   * default, not caught, not blocked, not pending.
   *
   * @param blocked mask of the thread, as all of these bit n-1 for signal n
   * @param caught signals with a handler
   * @param pending of the thread or its process
   * @return its number, or 0 if there is none
   */
  public static int quietSignal(long blocked, long caught, long pending) {
    long taken = blocked | caught | pending;
    if ((taken & Signal.bit(Signal.SIGURG)) == 0) {
      return Signal.SIGURG;
    }
    return (taken & Signal.bit(Signal.SIGWINCH)) == 0 ? Signal.SIGWINCH : 0;
  }

  /**
   * Appends a call.
   *
   * @param args six, 0 for those it does not have: prctl(2) looks at them all the same
   * @param resultAddress where its result goes
   * @return false if it belongs to another chain: this one is full, or has other common arguments
   */
  public boolean add(int nr, long[] args, long resultAddress) {
    if (calls == MAX_CALLS || (common != null && !sameCommon(args))) {
      return false;
    }
    common = args;
    calls++;
    call(nr, args[0], args[1], args[2]);
    add(gadgets.chain().popPlace(), resultAddress);
    add(gadgets.chain().storeRax());
    return true;
  }

  /**
   * Makes an empty chain one that makes a descriptor, stops, and closes it: whose number the close
   * is to have is stored into the chain itself, so it needs no tracer.
   *
   * @param nr the call that gives the descriptor
   * @param arg its only argument
   */
  public void lend(int nr, long arg, int ownTid, int quietSignal) {
    common = new long[6];
    call(nr, arg, 0, 0);
    int place = used + 1;
    add(gadgets.chain().popPlace(), 0);
    add(gadgets.chain().storeRax());
    end(ownTid, quietSignal);
    lent = used;
    call(Nr.SYS_close, 0, 0, 0);
    end(ownTid, quietSignal);
    words[place] = endAddress - lengthBytes() + (lent + CLOSED_FD) * (long) Long.BYTES;
  }

  /** Whether a thread with these registers has the descriptor open. */
  public boolean isLent(CallRegisters regs) {
    return regs.stack() == address() + lent * (long) Long.BYTES && isBehindCall(regs);
  }

  /** How far in front of the end of the chain the number of the descriptor is. */
  public int lentFdBeforeEnd() {
    return lengthBytes() - (lent + CLOSED_FD) * Long.BYTES;
  }

  private boolean sameCommon(long[] args) {
    for (int i = ownArgs; i < args.length; i++) {
      if (args[i] != common[i]) {
        return false;
      }
    }
    return true;
  }

  private void call(int nr, long a, long b, long c) {
    add(gadgets.chain().popRax(), nr);
    add(gadgets.chain().popRdi(), a);
    add(gadgets.chain().popRsi(), b);
    if (gadgets.chain().hasPopRdx()) {
      add(gadgets.chain().popRdx(), c);
    }
    add(gadgets.syscallRet());
  }

  private void add(long instruction, long word) {
    add(instruction);
    add(word);
  }

  private void add(long word) {
    words[used++] = word;
  }

  /**
   * Ends the chain: the thread is to stop, or to go on to its frame.
   *
   * @param ownTid the thread's id in its own pid namespace
   */
  public void end(int ownTid, int quietSignal) {
    call(Nr.SYS_tkill, ownTid, quietSignal, 0);
  }

  /** Puts the words where they end at {@code end} bytes into {@code target}. */
  public void put(NativeMemory target, int end) {
    target.putLongs(end - lengthBytes(), words, used);
  }

  int lengthBytes() {
    return used * Long.BYTES;
  }

  /** How long it is if it ends behind one more call. */
  public int lengthBytesWithAnother() {
    return (used + WORDS_PER_CALL + WORDS_AT_END) * Long.BYTES;
  }

  /** Where the first word must lie. */
  long address() {
    return endAddress - lengthBytes();
  }

  /** Sets the registers of a thread that is to walk the chain. */
  public void enter(CallRegisters regs) {
    // As after the `ret` that leads to the first word.
    regs.jump(words[0], address() + Long.BYTES).arguments(common);
  }

  /** Whether a thread with these registers has made all calls. */
  public boolean isAtEnd(CallRegisters regs) {
    return regs.stack() == endAddress && isBehindCall(regs);
  }

  private boolean isBehindCall(CallRegisters regs) {
    return regs.instruction() == gadgets.syscallRet() + CallRegisters.SYSCALL_INSTRUCTION_BYTES;
  }
}
