// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.torpor.image.proto.eventpoll_tfd_entry;
import dev.torpor.linux.Fcntl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares image entries up to a renaming of the kernel's and the images' numbers, one to one. */
final class Same {
  private static final Set<String> NUMBERS =
      Set.of(
          "id",
          "ino",
          "pipe_id",
          "peer",
          "id_for",
          "inode",
          "dev",
          "tty_id",
          "regf_id",
          "inode_id",
          "shmid");

  private static final Set<String> LARGEFILE =
      Set.of("tty_file_entry.flags", "reg_file_entry.flags");

  private final Map<String, Object> renamed = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  void check(String where, Message expected, Message actual) {
    assertThat(actual.getAllFields().keySet())
        .as(where)
        .isEqualTo(expected.getAllFields().keySet());
    for (Map.Entry<FieldDescriptor, Object> field : expected.getAllFields().entrySet()) {
      Object got = actual.getField(field.getKey());
      String name = where + " " + field.getKey().getFullName();
      if (field.getKey().isRepeated()) {
        List<?> wanted = sorted((List<?>) field.getValue());
        List<?> found = sorted((List<?>) got);
        assertThat(found).as(name).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.size(); i++) {
          checkValue(name, field.getKey(), wanted.get(i), found.get(i));
        }
      } else {
        checkValue(name, field.getKey(), field.getValue(), got);
      }
    }
  }

  /** The kernel lists the files of an epoll instance by where they are in its memory. */
  private static List<?> sorted(List<?> values) {
    if (values.isEmpty() || !(values.get(0) instanceof eventpoll_tfd_entry)) {
      return values;
    }
    List<eventpoll_tfd_entry> items = new ArrayList<>();
    values.forEach(value -> items.add((eventpoll_tfd_entry) value));
    items.sort(
        Comparator.comparingInt(eventpoll_tfd_entry::getTfd)
            .thenComparingLong(eventpoll_tfd_entry::getData));
    return items;
  }

  private void checkValue(String name, FieldDescriptor field, Object expected, Object actual) {
    if (expected instanceof Message message) {
      check(name, message, (Message) actual);
    } else if (LARGEFILE.contains(field.getFullName())) {
      // Every openat(2) of a 64-bit task adds it; TIOCGPTPEER, for one, does not.
      assertThat((int) actual | Fcntl.O_LARGEFILE)
          .as(name)
          .isEqualTo((int) expected | Fcntl.O_LARGEFILE);
    } else if (NUMBERS.contains(field.getName())
        && !field.getFullName().equals("tty_info_entry.id")) {
      String kind = kind(field.getName());
      // The same number can have 32 bits in one message and 64 in another.
      long got = ((Number) actual).longValue();
      Object before = renamed.putIfAbsent(kind + expected, got);
      if (before == null) {
        assertThat(taken.add(kind + got)).as(name + " is another's").isTrue();
      } else {
        assertThat(got).as(name).isEqualTo(before);
      }
    } else if (!field.getName().equals("backlog") || expected.equals(actual)) {
      assertThat(actual).as(name).isEqualTo(expected);
    }
  }

  private static String kind(String field) {
    return switch (field) {
      case "id", "id_for", "regf_id" -> "id ";
      case "ino", "peer" -> "ino ";
      default -> field + " ";
    };
  }
}
