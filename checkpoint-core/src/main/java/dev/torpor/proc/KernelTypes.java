// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import dev.torpor.error.UnsupportedException;
import java.util.HashMap;
import java.util.Map;

/**
 * Where members stand in structures of the running kernel: /sys/kernel/btf/vmlinux, whose format is
 * in Documentation/bpf/btf.rst (CONFIG_DEBUG_INFO_BTF).
 */
public final class KernelTypes {
  private static final String FILE = "/sys/kernel/btf/vmlinux";

  private static final int MAGIC = 0xeb9f;
  private static final int TYPE_BYTES = 12;

  /** What follows a type: so many bytes, or so many for each of its vlen members. */
  private static final int[] FIXED_BYTES = {
    0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0
  };

  private static final int[] MEMBER_BYTES = {
    0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12
  };

  private static final int STRUCT = 4;
  private static final int UNION = 5;

  private final byte[] btf;
  private int names;
  private int[] types;
  private int count;
  private final Map<String, Integer> structs = new HashMap<>();

  private KernelTypes(byte[] btf) {
    this.btf = btf;
    this.types = new int[1 << 17];
  }

  /**
   * Those of the running kernel. Reads some megabytes.
   *
   * @throws ProcException if it tells none
   */
  public static KernelTypes read() {
    KernelTypes types = new KernelTypes(ProcFs.bytes(FILE));
    types.index();
    return types;
  }

  private void index() {
    int header = intAt(4);
    if (btf.length < TYPE_BYTES || (intAt(0) & 0xffff) != MAGIC) {
      throw new ProcException(FILE, "", "BTF of this machine's byte order");
    }
    names = header + intAt(16);
    int at = header + intAt(8);
    int end = at + intAt(12);
    count = 1;
    while (at < end) {
      if (count == types.length) {
        types = java.util.Arrays.copyOf(types, 2 * count);
      }
      types[count++] = at;
      int kind = kind(at);
      if (kind >= FIXED_BYTES.length) {
        throw new ProcException(FILE, "kind " + kind, "a kind of type up to 19");
      }
      if (kind == STRUCT && intAt(at) != 0) {
        structs.putIfAbsent(name(intAt(at)), at);
      }
      at += TYPE_BYTES + FIXED_BYTES[kind] + MEMBER_BYTES[kind] * members(at);
    }
  }

  /**
   * Where a member begins, in bytes from the start of its structure.
   *
   * @param member of the structure itself or of one without a name in it
   * @throws UnsupportedException if the kernel has no such structure, or it has no such member
   */
  public int offset(String struct, String member) {
    Integer type = structs.get(struct);
    long bits = type == null ? -1 : find(type, member);
    if (bits < 0) {
      throw new UnsupportedException(
          "this kernel", "its struct " + struct + " has no " + member + " as is known of others");
    }
    return (int) (bits / Byte.SIZE);
  }

  private long find(int struct, String member) {
    boolean hasBitfields = intAt(struct + 4) < 0;
    for (int i = 0; i < members(struct); i++) {
      int at = struct + TYPE_BYTES + i * MEMBER_BYTES[STRUCT];
      int start = hasBitfields ? intAt(at + 8) & 0xffffff : intAt(at + 8);
      int name = intAt(at);
      if (name != 0) {
        if (isName(name, member)) {
          return start;
        }
        continue;
      }
      int type = types[intAt(at + 4)];
      long inner = kind(type) == STRUCT || kind(type) == UNION ? find(type, member) : -1;
      if (inner >= 0) {
        return start + inner;
      }
    }
    return -1;
  }

  private int kind(int type) {
    return (intAt(type + 4) >>> 24) & 0x1f;
  }

  private int members(int type) {
    return intAt(type + 4) & 0xffff;
  }

  private boolean isName(int offset, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (btf[names + offset + i] != name.charAt(i)) {
        return false;
      }
    }
    return btf[names + offset + name.length()] == 0;
  }

  private String name(int offset) {
    int end = names + offset;
    while (btf[end] != 0) {
      end++;
    }
    return new String(
        btf, names + offset, end - names - offset, java.nio.charset.StandardCharsets.US_ASCII);
  }

  private int intAt(int at) {
    return (btf[at] & 0xff)
        | ((btf[at + 1] & 0xff) << 8)
        | ((btf[at + 2] & 0xff) << 16)
        | (btf[at + 3] << 24);
  }
}
