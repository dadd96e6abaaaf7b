// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.torpor.image.proto.CRIU_Opts;
import dev.torpor.image.proto.OptsProto;
import java.math.BigInteger;

/** How a field is shown, by the {@code (criu)} options in its description. */
final class FieldStyle {
  private final FieldDescriptor field;
  private final CRIU_Opts options;
  private final NameTable flags;
  private final NameTable dictionary;

  FieldStyle(FieldDescriptor field) {
    this.field = field;
    this.options = field.getOptions().getExtension(OptsProto.criu);
    this.flags = options.hasFlags() ? NameTable.flags(options.getFlags()) : null;
    this.dictionary =
        options.hasDict() ? NameTable.dictionary(options.getDict(), field.getName()) : null;
  }

  /** Whether the field, and every number in a message it holds, is hexadecimal. */
  boolean isHex() {
    return options.getHex();
  }

  /** Whether the field is an IP address. */
  boolean isAddress() {
    return options.getIpadd();
  }

  /** Whether bytes are quoted-printable instead of base64: names of Unix sockets. */
  boolean isQuotedPrintable() {
    return options.getConv().equals("unix_name");
  }

  /**
   * What a number looks like for a reader.
   *
   * @return null if it is shown as a number
   */
  String format(long value, boolean hex) {
    if (hex || options.getHex()) {
      return Numbers.hex(field, value);
    }
    if (options.getDev()) {
      return options.getOdev() ? Devices.formatUser(value) : Devices.formatKernel(value);
    }
    if (options.hasFlags()) {
      return flags == null ? Numbers.hex(field, value) : flags.formatFlags(value);
    }
    return dictionary == null ? null : dictionary.nameOf(value);
  }

  /**
   * Reads what {@link #format} writes, or a number in any notation.
   *
   * @throws NumberFormatException if it is neither
   */
  BigInteger parse(String text) {
    if (options.getDev() && text.indexOf(':') >= 0) {
      return options.getOdev() ? Devices.parseUser(text) : Devices.parseKernel(text);
    }
    if (flags != null) {
      return flags.parseFlags(text);
    }
    return dictionary == null ? Numbers.parse(text) : dictionary.parse(text);
  }
}
