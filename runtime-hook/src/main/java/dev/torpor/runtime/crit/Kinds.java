// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.vma_entry;
import java.util.List;

/** What kind of mapping an entry is, by the names that {@code crit show} gives its bits. */
record Kinds(List<String> status) {
  static Kinds of(vma_entry mapping) {
    return new Kinds(List.of(FieldText.of(mapping, "status").split(" \\| ")));
  }

  boolean any(String... names) {
    for (String name : names) {
      if (status.contains(name)) {
        return true;
      }
    }
    return false;
  }

  boolean isFile() {
    return any("VMA_FILE_PRIVATE", "VMA_FILE_SHARED");
  }
}
