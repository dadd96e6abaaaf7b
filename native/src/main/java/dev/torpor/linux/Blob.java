// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The blob, built from src/main/c/blob: position-independent code that needs no library. */
public final class Blob {
  /** Offset of {@code cpuid} in entry.S. */
  private static final int CPUID = 0x20;

  private static final int PAGE_BYTES = 4096;

  private Blob() {}

  /** The code; its first byte is the entry, which walks the program in the first argument. */
  public static byte[] code() {
    String name = "blob-x86_64.bin";
    try (InputStream in = Blob.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is not in the jar; build it with make");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The cpuid instruction; Intel SDM volume 2.
   *
   * @return eax, ebx, ecx, edx
   */
  public static int[] cpuid(int leaf, int subleaf) {
    byte[] code = code();
    int protection = Mman.PROT_READ | Mman.PROT_WRITE;
    long page = Mman.mmap(0, PAGE_BYTES, protection, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
    try (NativeMemory answer = NativeMemory.allocate(4 * Integer.BYTES)) {
      NativeMemory.ofAddress(page, PAGE_BYTES).putBytes(0, code);
      Mman.mprotect(page, PAGE_BYTES, Mman.PROT_READ | Mman.PROT_EXEC);
      Function function = Function.getFunction(new Pointer(page + CPUID));
      function.invokeVoid(new Object[] {leaf, subleaf, new Pointer(answer.address())});
      return new int[] {answer.getInt(0), answer.getInt(4), answer.getInt(8), answer.getInt(12)};
    } finally {
      Mman.munmap(page, PAGE_BYTES);
    }
  }
}
