// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.torpor.image.proto.OptsProto;
import dev.torpor.image.proto.fd_types;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Messages with every field set, to odd but repeatable values. */
final class SampleMessages {
  private static final int MAX_DEPTH = 4;

  /** Fields of a CRIU that is newer than crit 4.2. */
  private static final Set<String> NEWER =
      Set.of("pipe_entry.uid", "pipe_entry.gid", "pidfd_entry.attr");

  /** Torpor's own fields have numbers from here on. */
  private static final int FIRST_OWN = 100;

  private final Random random;

  SampleMessages(long seed) {
    this.random = new Random(seed);
  }

  <M extends Message> M fill(M prototype) {
    @SuppressWarnings("unchecked")
    M message = (M) fill(prototype.newBuilderForType(), 0);
    return message;
  }

  private Message fill(Message.Builder builder, int depth) {
    for (FieldDescriptor field : builder.getDescriptorForType().getFields()) {
      if (!critKnows(field)) {
        continue;
      }
      if (!field.isRepeated()) {
        if (field.isRequired() || random.nextInt(4) > 0) {
          builder.setField(field, value(builder, field, depth));
        }
        continue;
      }
      for (int left = count(field, depth); left > 0; left--) {
        builder.addRepeatedField(field, value(builder, field, depth));
      }
    }
    return builder.build();
  }

  /** Crit 4.2 passes over fields of a newer CRIU, and of Torpor. */
  private static boolean critKnows(FieldDescriptor field) {
    return field.getNumber() < FIRST_OWN && !NEWER.contains(field.getFullName());
  }

  private int count(FieldDescriptor field, int depth) {
    if (field.getOptions().getExtension(OptsProto.criu).getIpadd()) {
      return random.nextBoolean() ? 1 : 4;
    }
    boolean tooDeep = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth > MAX_DEPTH;
    return tooDeep ? 0 : random.nextInt(3);
  }

  private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case MESSAGE -> fill(builder.newBuilderForField(field), depth + 1);
      case BYTE_STRING -> bytes();
      case STRING -> text();
      case ENUM -> enumValue(field.getEnumType().getValues());
      case BOOLEAN -> random.nextBoolean();
      case INT -> number(field, random.nextInt());
      case LONG -> random.nextBoolean() ? random.nextLong() : (long) random.nextInt(9);
      default -> throw new AssertionError(field);
    };
  }

  /** Some addresses need runs of zeros; flags that CRIU keeps in signed fields are positive. */
  private Object number(FieldDescriptor field, int any) {
    if (field.getOptions().getExtension(OptsProto.criu).getIpadd() && random.nextBoolean()) {
      return 0;
    }
    return random.nextBoolean() ? any : any >>> 28;
  }

  /** Of those that CRIU knows: values of Torpor's own begin at 100, CRIU's end far above. */
  private EnumValueDescriptor enumValue(List<EnumValueDescriptor> values) {
    EnumValueDescriptor value = values.get(random.nextInt(values.size()));
    boolean own = value.getNumber() >= 100 && value.getNumber() < fd_types.CTL_TTY_VALUE;
    return own ? values.get(0) : value;
  }

  private ByteString bytes() {
    byte[] bytes = new byte[random.nextInt(200)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : " .=\tabc\n".charAt(i % 8));
    }
    return ByteString.copyFrom(bytes);
  }

  private String text() {
    String[] parts = {"/a \"path\"\\", "\u00e9\u4e2d\ud83d\ude00", "\u0001\u007f\n\r\t\f\b", ""};
    return parts[random.nextInt(parts.length)] + parts[random.nextInt(parts.length)];
  }
}
