// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.torpor.linux.NativeMemory;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A resident engine does one operation after the other in one JVM: what a class keeps for all of
 * them must not change.
 */
class StaticStateTest {
  /**
   * Memory that a call needs and nobody else reads, what is known of the kernel's types, and the
   * number of a network namespace by its cookie, which is given to no other one.
   */
  private static final Set<String> OF_NO_OPERATION =
      Set.of(
          "dev.torpor.linux.Scratch.MINE",
          "dev.torpor.linux.Scratch.latest",
          "dev.torpor.file.SocketOptions.latest",
          "dev.torpor.proc.KernelTypes.ofThisKernel");

  private static final List<Class<?>> CHANGEABLE =
      List.of(ThreadLocal.class, NativeMemory.class, StringBuilder.class);

  @Test
  void noOperationLeavesAnythingForTheNext() throws ReflectiveOperationException {
    List<String> found = new ArrayList<>();
    int seen = 0;
    for (JavaField field : (Iterable<JavaField>) fields()::iterator) {
      seen++;
      if (mayChange(field) && !OF_NO_OPERATION.contains(field.getFullName())) {
        found.add(field.getFullName());
      }
    }
    assertThat(found).as("static fields that may change").isEmpty();
    assertThat(seen).isGreaterThan(1000);
  }

  /** But for generated messages, whose descriptors are made once, at their first use. */
  private static Stream<JavaField> fields() {
    return new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/proto/"))
            .importPackages("dev.torpor")
            .stream()
            .flatMap(type -> type.getFields().stream())
            .filter(field -> field.getModifiers().contains(JavaModifier.STATIC));
  }

  private static boolean mayChange(JavaField field) throws ReflectiveOperationException {
    Class<?> type = field.getRawType().reflect();
    if (!field.getModifiers().contains(JavaModifier.FINAL)
        || type.getName().startsWith("java.util.concurrent.")
        || CHANGEABLE.stream().anyMatch(other -> other.isAssignableFrom(type))) {
      return true;
    }
    boolean isMany = Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type);
    return isMany && !isUnmodifiable(value(field));
  }

  private static Object value(JavaField field) throws ReflectiveOperationException {
    Field reflected = field.reflect();
    reflected.setAccessible(true);
    return reflected.get(null);
  }

  /** What {@code List.of} and its like, or {@code Collections.unmodifiableList} make. */
  private static boolean isUnmodifiable(Object many) {
    String name = many.getClass().getName();
    return name.startsWith("java.util.ImmutableCollections$")
        || name.startsWith("java.util.Collections$Unmodifiable")
        || name.startsWith("java.util.Collections$Empty");
  }
}
