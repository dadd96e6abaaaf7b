// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Names crit of CRIU 4.2 shows for values of a field: bits of a word, or a number each.
 *
 * <p>The values are those of Linux's {@code include/uapi} and of CRIU's {@code
 * criu/include/image.h} on x86_64, the ones crit uses on every machine.
 */
final class NameTable {
  private final Map<Long, String> names = new LinkedHashMap<>();
  private final Map<String, Long> values = new LinkedHashMap<>();

  private NameTable() {}

  /** The flags of a word, such as {@code mmap.prot}; null if crit has no names for them. */
  static NameTable flags(String table) {
    return switch (table) {
      case "mmap.prot" ->
          new NameTable().add("PROT_READ", 0x1).add("PROT_WRITE", 0x2).add("PROT_EXEC", 0x4);
      case "mmap.flags" ->
          new NameTable()
              .add("MAP_SHARED", 0x1)
              .add("MAP_PRIVATE", 0x2)
              .add("MAP_DROPPABLE", 0x8)
              .add("MAP_ANON", 0x20)
              .add("MAP_GROWSDOWN", 0x100);
      case "mmap.status" -> mappingStatus();
      case "rfile.flags" -> openFlags();
      case "seals.flags" ->
          new NameTable()
              .add("F_SEAL_SEAL", 0x1)
              .add("F_SEAL_SHRINK", 0x2)
              .add("F_SEAL_GROW", 0x4)
              .add("F_SEAL_WRITE", 0x8)
              .add("F_SEAL_FUTURE_WRITE", 0x10);
      case "pmap.flags" ->
          new NameTable().add("PE_PARENT", 0x1).add("PE_LAZY", 0x2).add("PE_PRESENT", 0x4);
      default -> null;
    };
  }

  /**
   * The names of a field's values.
   *
   * @throws IllegalArgumentException if crit has no such dictionary
   */
  static NameTable dictionary(String dictionary, String field) {
    return switch (dictionary + '.' + field) {
      case "gen.task_state" -> new NameTable().add("Alive", 1).add("Zombie", 3).add("Stopped", 6);
      case "sk.family" ->
          new NameTable()
              .add("UNIX", 1)
              .add("INET", 2)
              .add("INET6", 10)
              .add("NETLINK", 16)
              .add("PACKET", 17);
      case "sk.type" ->
          new NameTable()
              .add("STREAM", 1)
              .add("DGRAM", 2)
              .add("RAW", 3)
              .add("SEQPACKET", 5)
              .add("PACKET", 10);
      case "sk.state" -> tcpState();
      case "sk.proto" ->
          new NameTable().add("IP", 0).add("TCP", 6).add("UDP", 17).add("UDPLITE", 136);
      default -> throw new IllegalArgumentException("no names for " + field + " in " + dictionary);
    };
  }

  private static NameTable mappingStatus() {
    return new NameTable()
        .add("VMA_AREA_REGULAR", 1)
        .add("VMA_AREA_STACK", 1 << 1)
        .add("VMA_AREA_VSYSCALL", 1 << 2)
        .add("VMA_AREA_VDSO", 1 << 3)
        .add("VMA_AREA_HEAP", 1 << 5)
        .add("VMA_FILE_PRIVATE", 1 << 6)
        .add("VMA_FILE_SHARED", 1 << 7)
        .add("VMA_ANON_SHARED", 1 << 8)
        .add("VMA_ANON_PRIVATE", 1 << 9)
        .add("VMA_AREA_SYSVIPC", 1 << 10)
        .add("VMA_AREA_SOCKET", 1 << 11)
        .add("VMA_AREA_VVAR", 1 << 12)
        .add("VMA_AREA_AIORING", 1 << 13)
        .add("VMA_AREA_MEMFD", 1 << 14)
        .add("VMA_AREA_SHSTK", 1 << 15)
        .add("VMA_AREA_UPROBES", 1 << 17)
        .add("VMA_AREA_IO_URING", 1 << 20)
        .add("VMA_UNSUPP", 1L << 31);
  }

  private static NameTable openFlags() {
    return new NameTable()
        .add("O_WRONLY", 01)
        .add("O_RDWR", 02)
        .add("O_CREAT", 0100)
        .add("O_EXCL", 0200)
        .add("O_NOCTTY", 0400)
        .add("O_TRUNC", 01000)
        .add("O_APPEND", 02000)
        .add("O_NONBLOCK", 04000)
        .add("O_DSYNC", 010000)
        .add("FASYNC", 020000)
        .add("O_DIRECT", 040000)
        .add("O_LARGEFILE", 0100000)
        .add("O_DIRECTORY", 0200000)
        .add("O_NOFOLLOW", 0400000)
        .add("O_NOATIME", 01000000)
        .add("O_CLOEXEC", 02000000);
  }

  private static NameTable tcpState() {
    return new NameTable()
        .add("ESTABLISHED", 1)
        .add("SYN_SENT", 2)
        .add("SYN_RECV", 3)
        .add("FIN_WAIT1", 4)
        .add("FIN_WAIT2", 5)
        .add("TIME_WAIT", 6)
        .add("CLOSE", 7)
        .add("CLOSE_WAIT", 8)
        .add("LAST_ACK", 9)
        .add("LISTEN", 10);
  }

  private NameTable add(String name, long value) {
    names.put(value, name);
    values.put(name, value);
    return this;
  }

  /** Name of a value; null if it has none. */
  String nameOf(long value) {
    return names.get(value);
  }

  /** Names of all bits that have one, and the others in hexadecimal: {@code A | B | 0x10}. */
  String formatFlags(long value) {
    StringBuilder text = new StringBuilder();
    long rest = value;
    for (Map.Entry<Long, String> flag : names.entrySet()) {
      if ((value & flag.getKey()) != 0) {
        append(text, flag.getValue());
        rest &= ~flag.getKey();
      }
    }
    if (rest != 0) {
      append(text, "0x" + Long.toHexString(rest));
    }
    return text.toString();
  }

  /**
   * The value of a name or, failing that, of a number.
   *
   * @throws NumberFormatException if it is neither
   */
  BigInteger parse(String text) {
    Long value = values.get(text);
    return value == null ? Numbers.parse(text) : BigInteger.valueOf(value);
  }

  /**
   * Reads what {@link #formatFlags} writes.
   *
   * @throws NumberFormatException if a part is neither a name nor a number
   */
  BigInteger parseFlags(String text) {
    BigInteger value = BigInteger.ZERO;
    if (text.isEmpty()) {
      return value;
    }
    for (String part : text.split("\\|", -1)) {
      value = value.or(parse(part.strip()));
    }
    return value;
  }

  private static void append(StringBuilder text, String part) {
    text.append(text.length() == 0 ? "" : " | ").append(part);
  }
}
