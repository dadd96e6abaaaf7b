// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every constant of the kernel, as the C compiler sees it, against the Java classes. */
class LayoutTest {
  /** Public numbers that are Java's own. */
  private static final Set<String> NOT_THE_KERNELS = Set.of("Kcmp.EQUAL");

  @Test
  void everyConstantIsWhatTheCompilerSays() throws Exception {
    Map<String, Long> java = javaConstants();
    java.keySet().removeAll(NOT_THE_KERNELS);
    Map<String, Long> compiler = compilerRows();
    Set<String> names = new TreeSet<>(java.keySet());
    names.addAll(compiler.keySet());
    assertThat(names).hasSizeGreaterThan(1000);
    // Null stands for "no such constant" and "no such row".
    assertThat(names)
        .filteredOn(name -> !Objects.equals(java.get(name), compiler.get(name)))
        .extracting(name -> name + ": Java " + java.get(name) + ", C " + compiler.get(name))
        .isEmpty();
  }

  @Test
  void everyAbiClassSaysWhereItsNumbersComeFrom() throws Exception {
    Path sources = Path.of("src/main/java/dev/torpor/linux");
    for (String name : javaConstants().keySet()) {
      String type = name.substring(0, name.indexOf('.')).replaceAll("\\$.*", "");
      assertThat(Files.readString(sources.resolve(type + ".java")))
          .as(type)
          .containsPattern("include/|arch/x86|fs/|<[a-z/]+\\.h>");
    }
  }

  private static Map<String, Long> compilerRows() throws IOException, InterruptedException {
    Process program = new ProcessBuilder(System.getProperty("layout.program")).start();
    String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(program.waitFor()).isZero();
    Map<String, Long> rows = new TreeMap<>();
    output
        .lines()
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              String name = line.substring(0, space);
              Long before = rows.put(name, Long.parseLong(line.substring(space + 1)));
              assertThat(before).as("second row for " + name).isNull();
            });
    return rows;
  }

  private static Map<String, Long> javaConstants()
      throws IOException, URISyntaxException, ReflectiveOperationException {
    Path root =
        Path.of(LibC.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve("dev/torpor/linux");
    Map<String, Long> constants = new TreeMap<>();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".class")) {
          String type = name.substring(0, name.length() - ".class".length());
          Class<?> loaded =
              Class.forName("dev.torpor.linux." + type, false, LibC.class.getClassLoader());
          collect(type, loaded, constants);
        }
      }
    }
    return constants;
  }

  private static void collect(String type, Class<?> loaded, Map<String, Long> constants)
      throws IllegalAccessException {
    for (Field field : loaded.getDeclaredFields()) {
      int wanted = Modifier.PUBLIC | Modifier.STATIC | Modifier.FINAL;
      boolean isNumber = field.getType() == int.class || field.getType() == long.class;
      if ((field.getModifiers() & wanted) == wanted && isNumber) {
        constants.put(type + "." + field.getName(), field.getLong(null));
      }
    }
  }
}
