// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every property of {@code programs/properties-*} comes back, twice in a row, but for those that
 * {@code coverage/known} lists by name. {@code CoverageTable} tells the same of CRIU.
 */
class CoverageIT {
  private static final Properties TWICE = new Properties(Engine.TORPOR, Engine.TORPOR, 2);
  private static final Properties ONCE = new Properties(Engine.TORPOR, Engine.TORPOR, 1);

  static List<PropertyGroup> groups() throws IOException {
    return PropertyGroup.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("groups")
  void losesNothingSilently(PropertyGroup group) throws IOException {
    KnownLosses known = KnownLosses.read();
    List<String> refused = known.refused(group);
    if (refused.contains("*")) {
      return;
    }
    List<String> logs = new ArrayList<>();
    Map<String, Fate> fates = TWICE.fatesTogether(group.without(refused), "(the group)", logs);
    List<String> wrong = new ArrayList<>();
    fates.forEach(
        (name, fate) -> {
          boolean expected = known.isLost(group, name);
          String warning = known.warning(group, name);
          if (expected && fate.is(Fate.Kind.KEPT)) {
            wrong.add(name + " is carried now: take it off coverage/known");
          } else if (!expected && !fate.is(Fate.Kind.KEPT) && !fate.is(Fate.Kind.IMPOSSIBLE)) {
            wrong.add(name + ": " + fate);
          } else if (warning != null && fate.is(Fate.Kind.LOST) && !isWarnedOf(warning, logs)) {
            wrong.add(name + " is lost, and no dump has warned of it: " + warning);
          }
        });
    assertThat(wrong).as("%s", group).isEmpty();
  }

  private static boolean isWarnedOf(String words, List<String> logs) {
    return logs.stream()
        .flatMap(String::lines)
        .anyMatch(line -> line.contains("Warn") && line.contains(words));
  }

  /** What no log tells of, the page about what nobody can see does. */
  @Test
  void saysWhatIsLost() throws IOException {
    String page = Files.readString(Settings.source("../docs").resolve("losses.md"));
    assertThat(KnownLosses.read().ofPage())
        .isNotEmpty()
        .allSatisfy((property, words) -> assertThat(page).as(property).contains(words));
  }

  static Stream<Arguments> refused() throws IOException {
    KnownLosses known = KnownLosses.read();
    return groups().stream()
        .flatMap(group -> known.refused(group).stream().map(name -> Arguments.of(group, name)));
  }

  /** Or carried meanwhile: that one fares better than the list says is no fault. */
  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("refused")
  void refusesWhatItCannotCarry(PropertyGroup group, String name) {
    PropertyGroup alone = name.equals("*") ? group : group.only(List.of(name));
    assertThat(ONCE.fatesTogether(alone, name).values())
        .as("%s: %s", group, name)
        .isNotEmpty()
        .allMatch(
            fate ->
                fate.is(Fate.Kind.REFUSED)
                    || fate.is(Fate.Kind.KEPT)
                    || fate.is(Fate.Kind.IMPOSSIBLE));
  }
}
