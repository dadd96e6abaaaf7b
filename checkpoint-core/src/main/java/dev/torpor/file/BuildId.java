// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.linux.Elf;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/**
 * The build id of a 64-bit ELF file, as CRIU finds it: the first note of type NT_GNU_BUILD_ID, of
 * whatever owner, in a PT_NOTE segment within the first MiB; padded to whole words.
 */
final class BuildId {
  private static final long LOOKED_AT_BYTES = 1 << 20;
  private static final int LONGEST_BYTES = 512;

  /** EI_MAG0 to EI_MAG3 of include/uapi/linux/elf.h, as a little-endian word; EI_CLASS follows. */
  private static final int ELF_MAGIC = 0x464c457f;

  private static final int EI_CLASS = 4;
  private static final int NT_GNU_BUILD_ID = 3;

  /** struct elf64_note: lengths of name and content, type. */
  private static final int NOTE_BYTES = 12;

  private BuildId() {}

  /**
   * Reads it.
   *
   * @param fd any descriptor of the file, also one of O_PATH; its position stays
   * @return the words, empty if there is no build id
   */
  static List<Integer> of(int fd) {
    return ofPath("/proc/self/fd/" + fd);
  }

  /** As {@link #of}, of a path, whose last symbolic link is followed. */
  static List<Integer> ofPath(String path) {
    int file = open(path);
    try (NativeMemory header = NativeMemory.allocate(Elf.Ehdr64.SIZEOF)) {
      if (Unistd.pread(file, header.address(), Elf.Ehdr64.SIZEOF, 0) < Elf.Ehdr64.SIZEOF
          || header.getInt(0) != ELF_MAGIC
          || header.getByte(EI_CLASS) != Elf.ELFCLASS64) {
        return List.of();
      }
      long offset = header.getLong(Elf.Ehdr64.e_phoff);
      int count = header.getUnsignedShort(Elf.Ehdr64.e_phnum);
      return inSegments(file, offset, (long) count * Elf.Phdr64.SIZEOF);
    } finally {
      Unistd.close(file);
    }
  }

  /** A look leaves no trace, which only the owner and those with CAP_FOWNER may ask for. */
  private static int open(String path) {
    int flags = Fcntl.O_RDONLY | Fcntl.O_CLOEXEC | Fcntl.O_NOCTTY | Fcntl.O_NONBLOCK;
    try {
      return Fcntl.open(path, flags | Fcntl.O_NOATIME, 0);
    } catch (ErrnoException e) {
      if (!e.is(Errno.EPERM)) {
        throw e;
      }
      return Fcntl.open(path, flags, 0);
    }
  }

  private static List<Integer> inSegments(int file, long offset, long lengthBytes) {
    try (NativeMemory segments = read(file, offset, lengthBytes)) {
      for (int at = 0;
          segments != null && at + Elf.Phdr64.SIZEOF <= segments.lengthBytes();
          at += Elf.Phdr64.SIZEOF) {
        if (segments.getInt(at + Elf.Phdr64.p_type) == Elf.PT_NOTE) {
          List<Integer> found =
              inNotes(
                  file,
                  segments.getLong(at + Elf.Phdr64.p_offset),
                  segments.getLong(at + Elf.Phdr64.p_filesz));
          if (!found.isEmpty()) {
            return found;
          }
        }
      }
      return List.of();
    }
  }

  private static List<Integer> inNotes(int file, long offset, long lengthBytes) {
    try (NativeMemory notes = read(file, offset, lengthBytes)) {
      long at = 0;
      while (notes != null && at + NOTE_BYTES <= notes.lengthBytes()) {
        long content = at + NOTE_BYTES + aligned(notes.getUnsignedInt((int) at));
        long contentBytes = notes.getUnsignedInt((int) at + Integer.BYTES);
        if (notes.getInt((int) at + 2 * Integer.BYTES) == NT_GNU_BUILD_ID) {
          return contentBytes > 0
                  && contentBytes <= LONGEST_BYTES
                  && content + contentBytes <= notes.lengthBytes()
              ? words(notes.getBytes((int) content, (int) contentBytes))
              : List.of();
        }
        at = content + aligned(contentBytes);
      }
      return List.of();
    }
  }

  /** A piece of the file, cut where no more is looked at; null if nothing of it is there. */
  private static NativeMemory read(int file, long offset, long lengthBytes) {
    if (offset <= 0 || offset >= LOOKED_AT_BYTES || lengthBytes <= 0) {
      return null;
    }
    int wanted = (int) Math.min(lengthBytes, LOOKED_AT_BYTES - offset);
    NativeMemory memory = NativeMemory.allocate(wanted);
    if (Unistd.pread(file, memory.address(), wanted, offset) < wanted) {
      memory.close();
      return null;
    }
    return memory;
  }

  private static long aligned(long lengthBytes) {
    return (lengthBytes + Integer.BYTES - 1) & -Integer.BYTES;
  }

  private static List<Integer> words(byte[] id) {
    List<Integer> words = new ArrayList<>();
    for (int at = 0; at < id.length; at += Integer.BYTES) {
      int word = 0;
      for (int i = 0; i < Integer.BYTES && at + i < id.length; i++) {
        word |= (id[at + i] & 0xff) << (i * Byte.SIZE);
      }
      words.add(word);
    }
    return words;
  }
}
