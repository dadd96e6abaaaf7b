// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.MemorySearch;
import dev.torpor.linux.Mman;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Where members stand in structures of the running kernel: /sys/kernel/btf/vmlinux, whose format is
 * in Documentation/bpf/btf.rst (CONFIG_DEBUG_INFO_BTF). It has some megabytes, and a JVM that has
 * just started would take half a second for them: so a structure is searched for by memmem(3), and
 * types are only counted when a member without a name asks for one by number.
 */
public final class KernelTypes {
  private static final String FILE = "/sys/kernel/btf/vmlinux";

  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_BYTES = 24;
  private static final int TYPE_BYTES = 12;
  private static final int ALIGNMENT = 4;

  /** What follows a type: so many bytes, or so many for each of its vlen members. */
  private static final int[] FIXED_BYTES = {
    0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0
  };

  private static final int[] MEMBER_BYTES = {
    0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12
  };

  private static final int STRUCT = 4;
  private static final int UNION = 5;
  private static final int NOT_FOUND = -1;

  private static KernelTypes ofThisKernel;

  private final NativeMemory btf;
  private final int names;
  private final int namesEnd;
  private final int firstType;
  private final int typesEnd;
  private final Map<String, Integer> structs = new HashMap<>();

  /** Where each type stands, by number; null until somebody asks. */
  private int[] types;

  private KernelTypes(NativeMemory content) {
    btf = content;
    if (btf.lengthBytes() < HEADER_BYTES || btf.getUnsignedShort(0) != MAGIC) {
      throw new ProcException(FILE, "", "BTF of this machine's byte order");
    }
    int header = btf.getInt(4);
    firstType = header + btf.getInt(8);
    typesEnd = firstType + btf.getInt(12);
    names = header + btf.getInt(16);
    namesEnd = names + btf.getInt(20);
  }

  /**
   * Those of the running kernel, which are read once.
   *
   * @throws ProcException if it tells none
   */
  public static synchronized KernelTypes ofThisKernel() {
    if (ofThisKernel == null) {
      ofThisKernel = new KernelTypes(content());
    }
    return ofThisKernel;
  }

  /** Since Linux 6.16 the file can be mapped. */
  private static NativeMemory content() {
    try (NativeMemory header = NativeMemory.allocate(HEADER_BYTES)) {
      int fd = Fcntl.open(FILE, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      try {
        Unistd.read(fd, header);
        int length = header.getInt(4) + header.getInt(16) + header.getInt(20);
        return NativeMemory.ofAddress(
            Mman.mmap(0, length, Mman.PROT_READ, Mman.MAP_PRIVATE, fd, 0), length);
      } finally {
        Unistd.close(fd);
      }
    } catch (ErrnoException e) {
      return NativeMemory.of(ProcFs.bytes(FILE));
    }
  }

  /**
   * Where a member begins, in bytes from the start of its structure.
   *
   * @param member of the structure itself or of one without a name in it
   * @throws UnsupportedException if the kernel has no such structure, or it has no such member
   */
  public synchronized int offset(String struct, String member) {
    int type = structs.computeIfAbsent(struct, this::search);
    long bits = type == NOT_FOUND ? NOT_FOUND : find(type, member);
    if (bits < 0) {
      throw new UnsupportedException(
          "this kernel", "its struct " + struct + " has no " + member + " as is known of others");
    }
    return (int) (bits / Byte.SIZE);
  }

  /**
   * How many bytes a structure has.
   *
   * @throws UnsupportedException if the kernel has no such structure
   */
  public synchronized int size(String struct) {
    int type = structs.computeIfAbsent(struct, this::search);
    if (type == NOT_FOUND) {
      throw new UnsupportedException("this kernel", "it has no struct " + struct);
    }
    return btf.getInt(type + 8);
  }

  /** A type begins with the offset of its name, which nothing else follows that looks like one. */
  private int search(String struct) {
    int name = indexOf(names, namesEnd, ("\0" + struct + "\0").getBytes(US_ASCII));
    if (name == NOT_FOUND) {
      return NOT_FOUND;
    }
    byte[] offset = new byte[Integer.BYTES];
    ByteBuffer.wrap(offset).order(ByteOrder.LITTLE_ENDIAN).putInt(name + 1 - names);
    int at = indexOf(firstType, typesEnd, offset);
    while (at != NOT_FOUND && ((at - firstType) % ALIGNMENT != 0 || kind(at) != STRUCT)) {
      at = indexOf(at + 1, typesEnd, offset);
    }
    return at;
  }

  private int indexOf(int from, int to, byte[] wanted) {
    try (NativeMemory needle = NativeMemory.of(wanted)) {
      int found = MemorySearch.indexOf(btf.slice(from, to - from), to - from, needle);
      return found < 0 ? NOT_FOUND : from + found;
    }
  }

  private long find(int struct, String member) {
    for (int i = 0; i < members(struct); i++) {
      if (isName(btf.getInt(member(struct, i)), member)) {
        return bits(struct, i);
      }
    }
    for (int i = 0; i < members(struct); i++) {
      if (btf.getInt(member(struct, i)) == 0) {
        int type = type(btf.getInt(member(struct, i) + 4));
        long inner = kind(type) == STRUCT || kind(type) == UNION ? find(type, member) : NOT_FOUND;
        if (inner >= 0) {
          return bits(struct, i) + inner;
        }
      }
    }
    return NOT_FOUND;
  }

  private static int member(int struct, int number) {
    return struct + TYPE_BYTES + number * MEMBER_BYTES[STRUCT];
  }

  private int bits(int struct, int number) {
    boolean hasBitfields = btf.getInt(struct + 4) < 0;
    int offset = btf.getInt(member(struct, number) + 8);
    return hasBitfields ? offset & 0xffffff : offset;
  }

  private int type(int number) {
    if (types == null) {
      types = count();
    }
    return types[number];
  }

  private int[] count() {
    int[] all = new int[1 << 17];
    int count = 1;
    for (int at = firstType; at < typesEnd; ) {
      if (count == all.length) {
        all = Arrays.copyOf(all, 2 * count);
      }
      all[count++] = at;
      int kind = kind(at);
      if (kind >= FIXED_BYTES.length) {
        throw new ProcException(FILE, "kind " + kind, "a kind of type up to 19");
      }
      at += TYPE_BYTES + FIXED_BYTES[kind] + MEMBER_BYTES[kind] * members(at);
    }
    return all;
  }

  private int kind(int type) {
    return (btf.getInt(type + 4) >>> 24) & 0x1f;
  }

  private int members(int type) {
    return btf.getInt(type + 4) & 0xffff;
  }

  private boolean isName(int offset, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (btf.getByte(names + offset + i) != name.charAt(i)) {
        return false;
      }
    }
    return btf.getByte(names + offset + name.length()) == 0;
  }
}
