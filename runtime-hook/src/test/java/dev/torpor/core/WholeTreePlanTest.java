// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.image.DirectoryImages;
import dev.torpor.plan.Machine;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.SmapsParser;
import dev.torpor.room.Rooms;
import dev.torpor.runtime.CriuModules;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionsBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Plans of whole trees as text, from recorded checkpoints and for a recorded machine: whatever
 * changes in a restore shows here, call by call. Needs no rights and nothing of this kernel.
 */
class WholeTreePlanTest {
  private static final Path TREES = Path.of("src/test/resources/trees").toAbsolutePath();
  private static final Pattern EARLIER = Pattern.compile("#(\\d+)");
  private static final long UP_NANOS = 1_000_000_000_000L;

  /** What a plan that differs is compared with by hand, and copied from. */
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path made;

  @ParameterizedTest
  @ValueSource(strings = {"single", "family", "container"})
  void isAsWritten(String tree) throws IOException {
    Path expected = TREES.resolve(tree + ".plan");
    Path plan = Files.writeString(made.resolve(tree + ".plan"), relative(print(tree)));
    assertThat(plan)
        .as("if this is how it is to be restored from now on: cp %s %s", plan, expected)
        .hasSameTextualContentAs(expected);
  }

  /**
   * Without the numbers of calls, and with results that are so many calls back instead: a call more
   * or less changes its own line.
   */
  private static String relative(String plan) {
    StringBuilder text = new StringBuilder();
    for (String line : plan.lines().toList()) {
      boolean isCall = Character.isDigit(line.charAt(0));
      int call = isCall ? Integer.parseInt(line.substring(0, line.indexOf(' '))) : 0;
      text.append(
              EARLIER
                  .matcher(isCall ? line.substring(line.indexOf(' ') + 1) : line)
                  .replaceAll(found -> "#-" + (call - Integer.parseInt(found.group(1)))))
          .append('\n');
    }
    return text.toString();
  }

  private static String print(String tree) throws IOException {
    OptionsBuilder options = new OptionsBuilder();
    if (tree.equals("container")) {
      options.value(Opt.ROOT, "/srv/root", "test");
      options.value(Opt.EXTERNAL, "mnt[null]:/dev/null", "test");
    }
    Modules modules = new CriuModules(options.build());
    RestoreOptions restore = new RestoreOptions(TREES.resolve(tree));
    PlanOptions said = PlanOptions.of(restore, modules.forRestore(modules::rooms), modules.rooms());
    try (SecondThread second = new SecondThread()) {
      return RestorePlan.of(DirectoryImages.of(restore.images()), said, machine(), second).print();
    }
  }

  /** A library that changes it may mean a namespace, or a controller. */
  @Test
  void namespacesAreThoseOfTheCallersCatalogue() throws IOException {
    Modules modules = new CriuModules();
    RestoreOptions restore = new RestoreOptions(TREES.resolve("single"));
    RestoreModules lost = modules.forRestore(() -> new Rooms(List.of()));
    PlanOptions said = PlanOptions.of(restore, lost, modules.rooms());
    try (SecondThread second = new SecondThread()) {
      String plan =
          RestorePlan.of(DirectoryImages.of(restore.images()), said, machine(), second).print();
      assertThat(print("single")).contains("making a time namespace");
      assertThat(plan).doesNotContain("making a time namespace");
    }
  }

  /** Its vdso is of zeros, as in the recorded pages. */
  private static Machine machine() throws IOException {
    Path maps = TREES.resolve("maps");
    List<Mapping> mappings = SmapsParser.read(maps.toString());
    long vdsoBytes = 0;
    for (Mapping mapping : mappings) {
      vdsoBytes += mapping.name().equals("[vdso]") ? mapping.lengthBytes() : 0;
    }
    return new Machine(
        mappings,
        new byte[(int) vdsoBytes],
        1 << 20,
        50_000,
        40,
        1 << 22,
        65_530,
        16_384,
        new Clocks(UP_NANOS, UP_NANOS, UP_NANOS));
  }
}
