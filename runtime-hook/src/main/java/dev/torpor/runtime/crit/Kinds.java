// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.vma_entry;
import java.util.List;

/**
 * What kind of mapping an entry is, by the names that {@code crit show} gives its bits.
 *
 * @param status those of them that are set
 */
public record Kinds(List<String> status) {
  /** Those of a mapping. */
  public static Kinds of(vma_entry mapping) {
    return new Kinds(List.of(FieldText.of(mapping, "status").split(" \\| ")));
  }

  /** Whether one of these names is among them. */
  public boolean any(String... names) {
    for (String name : names) {
      if (status.contains(name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a file is mapped. */
  public boolean isFile() {
    return any("VMA_FILE_PRIVATE", "VMA_FILE_SHARED");
  }

  /** {@code rwx}, with dashes for what is not permitted. */
  public static String protection(vma_entry mapping) {
    String bits = FieldText.of(mapping, "prot");
    return (bits.contains("PROT_READ") ? "r" : "-")
        + (bits.contains("PROT_WRITE") ? "w" : "-")
        + (bits.contains("PROT_EXEC") ? "x" : "-");
  }
}
