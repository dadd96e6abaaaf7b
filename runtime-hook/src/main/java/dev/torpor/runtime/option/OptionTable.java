// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** Looks options up by name as getopt_long does. */
final class OptionTable {
  private static final Opt[] ALL = Opt.values();

  private OptionTable() {}

  static Opt[] all() {
    return ALL;
  }

  /**
   * A long name found.
   *
   * @param option which
   * @param on false for the {@code no-} twin
   */
  record Match(Opt option, boolean on) {}

  /**
   * Finds an option by its whole long name or an unambiguous beginning of it.
   *
   * @param typed name without dashes, as the user wrote it
   * @param origin who gave it
   */
  static Match byLongName(String typed, String origin) {
    Match found = null;
    StringBuilder candidates = null;
    for (Opt option : ALL) {
      String name = option.longName();
      if (name.equals(typed)) {
        return new Match(option, true);
      }
      boolean twin = option.shape() == Shape.FLAG;
      if (twin && isNoTwin(typed, name, name.length())) {
        return new Match(option, false);
      }
      boolean plain = name.startsWith(typed);
      if (plain || (twin && isNoTwin(typed, name, typed.length() - 3))) {
        if (found != null) {
          candidates = candidates == null ? list(found) : candidates;
          candidates.append(", ").append(text(option, plain));
        }
        found = found == null ? new Match(option, plain) : found;
      }
    }
    if (candidates != null) {
      throw new OptionException(
          origin + ": option '--" + typed + "' is ambiguous, it could be " + candidates);
    }
    if (found == null) {
      throw new OptionException(
          origin + ": unrecognized option '--" + typed + "': --help lists what there is");
    }
    return found;
  }

  private static boolean isNoTwin(String typed, String name, int length) {
    return typed.length() == length + 3
        && length <= name.length()
        && typed.startsWith("no-")
        && typed.regionMatches(3, name, 0, length);
  }

  private static StringBuilder list(Match first) {
    return new StringBuilder(text(first.option(), first.on()));
  }

  private static String text(Opt option, boolean on) {
    return (on ? "--" : "--no-") + option.longName();
  }

  /** Finds an option by its letter, null when there is none. */
  static Opt byLetter(char letter) {
    if (letter == 0) {
      return null;
    }
    for (Opt option : ALL) {
      if (option.shortName() == letter) {
        return option;
      }
    }
    return null;
  }
}
