// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/** The blob, built from src/main/c/blob: position-independent code that needs no library. */
public final class Blob {
  /** Offset of {@code cpuid} in entry.S. */
  private static final int CPUID = 0x20;

  /** Offset of {@code ask_entry} there. */
  private static final int ASK = 0x40;

  private static final int REGISTERS = 4;

  // A string, not a resource: the first look into a jar takes a JVM that has just started 8 ms.
  private static final byte[] CODE = BlobCode.LATIN1.getBytes(StandardCharsets.ISO_8859_1);

  private Blob() {}

  /** The code; its first byte is the entry, which walks the program in the first argument. */
  public static byte[] code() {
    return CODE.clone();
  }

  /**
   * The cpuid instruction; Intel SDM volume 2.
   *
   * @return eax, ebx, ecx, edx per subleaf; zeros for one that the processor does not have
   */
  public static int[][] cpuid(int leaf, int... subleaves) {
    long page = map();
    try (NativeMemory answer = NativeMemory.allocate(REGISTERS * Integer.BYTES)) {
      Function function = Function.getFunction(new Pointer(page + CPUID));
      int[][] answers = new int[subleaves.length][];
      for (int i = 0; i < answers.length; i++) {
        function.invokeVoid(new Object[] {leaf, subleaves[i], new Pointer(answer.address())});
        answers[i] = answer.getInts(0, REGISTERS);
      }
      return answers;
    } finally {
      Mman.munmap(page, Mman.PAGE_SIZE);
    }
  }

  /** What makes the calls of {@link OptionQuestions}, for as long as this JVM lives. */
  static Function ask() {
    return Ask.FUNCTION;
  }

  private static long map() {
    int protection = Mman.PROT_READ | Mman.PROT_WRITE;
    long page =
        Mman.mmap(0, Mman.PAGE_SIZE, protection, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
    NativeMemory.ofAddress(page, Mman.PAGE_SIZE).putBytes(0, CODE);
    Mman.mprotect(page, Mman.PAGE_SIZE, Mman.PROT_READ | Mman.PROT_EXEC);
    return page;
  }

  private static final class Ask {
    private static final Function FUNCTION = Function.getFunction(new Pointer(map() + ASK));
  }
}
