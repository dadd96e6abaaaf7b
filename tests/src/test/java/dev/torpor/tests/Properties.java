// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Asks what becomes of the properties of a group when it is dumped and restored, for a number of
 * generations. Beside it runs a twin that is left alone: what changes there proves nothing.
 */
record Properties(Engine dumper, Engine restorer, int generations) {
  /** CRIU wants most of them in a restore, too. */
  private static final String[] OPTIONS = {
    "--file-locks", "--ghost-limit=16M", "--link-remap", "--tcp-established"
  };

  /** What a dump or a restore said that did not work; it is about all properties that were set. */
  private static final class Whole extends Exception {
    private static final long serialVersionUID = 1;
    private final transient Fate fate;

    Whole(Fate.Kind kind, String detail) {
      super(detail);
      fate = new Fate(kind, detail);
    }
  }

  /** The properties of a group, in its order; those that cannot be set here have their fate. */
  static Map<String, Fate> names(PropertyGroup group) {
    Map<String, Fate> names = new LinkedHashMap<>();
    try (Running running = new Running(group)) {
      first(running).forEach((name, value) -> names.put(name, impossible(value)));
    } catch (Whole e) {
      names.put("(the group)", new Fate(Fate.Kind.IMPOSSIBLE, e.fate.detail()));
    }
    return names;
  }

  /**
   * Of each property: those that make a dump or a restore fail are found by setting fewer and fewer
   * together.
   *
   * @param alone those of which it is known that they do; each is looked at alone
   */
  Map<String, Fate> fates(PropertyGroup group, List<String> names, List<String> alone) {
    Map<String, Fate> fates = new LinkedHashMap<>();
    List<String> others = names.stream().filter(name -> !alone.contains(name)).toList();
    if (!others.isEmpty()) {
      try {
        fates.putAll(together(group.only(others)));
      } catch (Whole e) {
        search(group, others, e, fates);
      }
    }
    for (String name : alone) {
      fates.putAll(fatesTogether(group.only(List.of(name)), name));
    }
    return fates;
  }

  /** Null for what can be set. */
  private static Fate impossible(String value) {
    return value.startsWith("!") ? new Fate(Fate.Kind.IMPOSSIBLE, value.substring(1)) : null;
  }

  private static Map<String, Fate> begun(Map<String, String> values) {
    Map<String, Fate> fates = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          Fate impossible = impossible(value);
          fates.put(name, impossible != null ? impossible : new Fate(Fate.Kind.KEPT, value));
        });
    return fates;
  }

  private void search(
      PropertyGroup group, List<String> names, Whole failure, Map<String, Fate> fates) {
    try {
      together(group.only(List.of()));
    } catch (Whole base) {
      names.forEach(name -> fates.put(name, base.fate));
      return;
    }
    halve(group, names, failure, fates);
  }

  private void halve(
      PropertyGroup group, List<String> names, Whole failure, Map<String, Fate> fates) {
    if (names.size() == 1) {
      fates.put(names.get(0), failure.fate);
      return;
    }
    int middle = names.size() / 2;
    for (List<String> half :
        List.of(names.subList(0, middle), names.subList(middle, names.size()))) {
      try {
        fates.putAll(together(group.only(half)));
      } catch (Whole e) {
        halve(group, half, e, fates);
      }
    }
  }

  /** The same, where a failure is that of all. */
  Map<String, Fate> fatesTogether(PropertyGroup group, String nameOfAll) {
    return fatesTogether(group, nameOfAll, new ArrayList<>());
  }

  /**
   * The same.
   *
   * @param logs gets that of each dump
   */
  Map<String, Fate> fatesTogether(PropertyGroup group, String nameOfAll, List<String> logs) {
    try {
      return together(group, logs);
    } catch (Whole e) {
      return Map.of(nameOfAll, e.fate);
    }
  }

  private Map<String, Fate> together(PropertyGroup group) throws Whole {
    return together(group, new ArrayList<>());
  }

  private Map<String, Fate> together(PropertyGroup group, List<String> logs) throws Whole {
    try (Running running = new Running(group);
        Running twin = new Running(group)) {
      Map<String, String> before = first(running);
      Map<String, String> twinBefore = first(twin);
      Map<String, Fate> fates = begun(before);
      for (int generation = 1; generation <= generations; generation++) {
        dumpAndRestore(running, logs);
        Map<String, String> after = ask(running);
        for (String name : before.keySet()) {
          if (fates.get(name).is(Fate.Kind.KEPT)
              && !Objects.equals(before.get(name), after.get(name))) {
            String now = "generation " + generation + ": " + after.get(name);
            fates.put(name, new Fate(Fate.Kind.LOST, "before: " + before.get(name) + "; " + now));
          }
        }
      }
      Map<String, String> twinAfter = ask(twin);
      twinBefore.forEach(
          (name, value) -> {
            if (!value.equals(twinAfter.get(name)) && !fates.get(name).is(Fate.Kind.IMPOSSIBLE)) {
              fates.put(
                  name,
                  new Fate(Fate.Kind.UNSTEADY, "before: " + value + "; " + twinAfter.get(name)));
            }
          });
      return fates;
    }
  }

  private void dumpAndRestore(Running running, List<String> logs) throws Whole {
    Engine.Outcome dump = dumper.dump(running.keeper, running.root, running.images, OPTIONS);
    logs.add(dump.log());
    if (dump.exitCode() != 0) {
      if (!ProcessTree.lives(running.root)) {
        throw new AssertionError("the dump failed, and the program is gone: " + dump);
      }
      ask(running);
      throw new Whole(Fate.Kind.REFUSED, sentence(dumper, dump));
    }
    running.awaitGone();
    Engine.Outcome restore = restorer.restore(running.keeper, running.images, OPTIONS);
    if (restore.exitCode() != 0) {
      throw new Whole(Fate.Kind.FAILED, sentence(restorer, restore));
    }
  }

  /** What it printed: CRIU prints nothing and says several things in its log. */
  private static String sentence(Engine engine, Engine.Outcome outcome) {
    List<String> errors =
        (engine == Engine.CRIU ? outcome.log() : outcome.output())
            .lines()
            .filter(line -> engine == Engine.TORPOR || line.contains("Error ("))
            .toList();
    String first = errors.isEmpty() ? "exit code " + outcome.exitCode() : errors.get(0);
    return first.substring(first.indexOf(": ") + 2);
  }

  private static Map<String, String> first(Running running) throws Whole {
    return answer(running, Fate.Kind.IMPOSSIBLE);
  }

  private static Map<String, String> ask(Running running) throws Whole {
    try {
      Files.createFile(running.directory.resolve("ask"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answer(running, Fate.Kind.FAILED);
  }

  private static Map<String, String> answer(Running running, Fate.Kind otherwise) throws Whole {
    long deadline = System.nanoTime() + 10_000_000_000L;
    Map<String, String> values = null;
    while ((values = PropertyGroup.takeReport(running.directory)) == null) {
      if (!ProcessTree.lives(running.root) || System.nanoTime() > deadline) {
        throw new Whole(otherwise, "the program does not answer: " + running.output().trim());
      }
      Wait.millis(2);
    }
    return values;
  }
}
