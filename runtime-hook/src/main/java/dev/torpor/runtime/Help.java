// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionGroup;
import dev.torpor.runtime.option.Shape;
import dev.torpor.runtime.option.Support;

/** What {@code --help} prints; the option table is its only source. */
final class Help {
  private static final int COLUMN = 36;

  private final String program;
  private final StringBuilder text = new StringBuilder(8192);

  private Help(String program) {
    this.program = program;
  }

  /** For the program as a whole. */
  static String program(String program) {
    Help help = new Help(program);
    help.text.append("Usage: ").append(program).append(" VERB [OPTIONS]\n\nVerbs:\n");
    for (Verb verb : Verb.values()) {
      String note = verb.works() ? "" : " [not supported yet]";
      help.row("  " + verb.word() + ' ' + verb.usage(), verb.help() + note);
    }
    help.options(null);
    return help.text.toString();
  }

  /** For one verb. */
  static String verb(String program, Verb verb) {
    Help help = new Help(program);
    help.text.append("Usage: ").append(program).append(' ').append(verb.word());
    help.text.append(' ').append(verb.usage()).append(" [OPTIONS]\n");
    help.text.append(verb.help());
    help.text.append(verb.works() ? "\n" : "; not supported yet\n");
    help.options(verb);
    return help.text.toString();
  }

  private void options(Verb verb) {
    boolean any = false;
    for (OptionGroup group : OptionGroup.values()) {
      if (verb == null || verb.takes(group)) {
        text.append('\n').append(group.title()).append(":\n");
        group(group);
        any = true;
      }
    }
    if (any) {
      text.append(
          "\nOptions without a value can be taken back with --no-NAME, save those marked *.\n");
      text.append(
          "The same names, without dashes, go into configuration files: /etc/criu/default.conf,\n");
      text.append("~/.criu/default.conf, $CRIU_CONFIG_FILE.\n");
    }
    text.append("See also: ").append(program).append(" --help\n");
  }

  private void group(OptionGroup group) {
    for (Opt option : Opt.values()) {
      if (option.group() != group) {
        continue;
      }
      StringBuilder name = new StringBuilder(option.shortName() == 0 ? "      " : "  -");
      if (option.shortName() != 0) {
        name.append(option.shortName()).append(", ");
      }
      name.append("--").append(option.longName());
      if (option.shape() == Shape.OPTIONAL_VALUE) {
        name.append("[=").append(option.argument()).append(']');
      } else if (option.argument() != null) {
        name.append(' ').append(option.argument());
      } else if (option.shape() == Shape.SWITCH) {
        name.append(" *");
      }
      Support support = option.support();
      row(name.toString(), option.help() + (support == Support.WORKS ? "" : note(support)));
    }
  }

  private static String note(Support support) {
    return " [" + support.text() + ']';
  }

  private void row(String left, String right) {
    text.append(left);
    int width = left.length();
    if (width >= COLUMN) {
      text.append('\n');
      width = 0;
    }
    for (; width < COLUMN; width++) {
      text.append(' ');
    }
    text.append(right).append('\n');
  }
}
