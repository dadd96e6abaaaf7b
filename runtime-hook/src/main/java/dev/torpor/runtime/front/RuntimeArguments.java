// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.runtime.option.OptionException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A command line of an OCI runtime: {@code [OPTION]... COMMAND [OPTION]... ID}. One dash is as good
 * as two, and a value stands behind {@code =} or in the next word, as runc's parser has it.
 */
final class RuntimeArguments {
  private final Map<Flag, String> flags = new EnumMap<>(Flag.class);
  private final List<String> words;
  private int at;
  private int commandAt;
  private String command;
  private String id;
  private boolean help;

  private RuntimeArguments(List<String> words) {
    this.words = words;
  }

  /**
   * Reads a command line.
   *
   * @throws OptionException for what runc and crun do not know either
   */
  static RuntimeArguments parse(List<String> words) {
    RuntimeArguments arguments = new RuntimeArguments(words);
    while (arguments.at < words.size()) {
      arguments.word();
    }
    return arguments;
  }

  private void word() {
    String word = words.get(at);
    if (word.length() > 1 && word.charAt(0) == '-') {
      flag(word.substring(word.startsWith("--") ? 2 : 1));
    } else if (command == null) {
      command = word;
      commandAt = at;
    } else if (id == null) {
      id = word;
    } else {
      throw new OptionException(
          command + ": " + word + " stands behind the container's name: give one container");
    }
    at++;
  }

  private void flag(String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (name.equals("help") || name.equals("h")) {
      help = true;
      return;
    }
    Flag flag = Flag.of(command, name);
    if (flag == null) {
      throw new OptionException(
          (command == null ? "" : command + ": ") + "flag provided but not defined: -" + name);
    }
    if (flag.takesValue() && equals < 0) {
      at++;
      if (at == words.size()) {
        // Podman looks for these very words to learn whether there is such a flag.
        throw new OptionException(command + ": flag needs an argument: -" + name);
      }
      flags.put(flag, words.get(at));
    } else if (flag.takesValue()) {
      flags.put(flag, text.substring(equals + 1));
    } else if (equals < 0 || text.endsWith("=true")) {
      flags.put(flag, "true");
    } else if (!text.endsWith("=false")) {
      throw new OptionException(command + ": -" + text + " is neither true nor false");
    }
  }

  String command() {
    return command;
  }

  /** The words before the command. */
  List<String> globals() {
    return words.subList(0, commandAt);
  }

  boolean wantsHelp() {
    return help;
  }

  /**
   * Name of the container.
   *
   * @throws OptionException if none was given
   */
  String id() {
    if (id == null) {
      throw new OptionException(command + ": the container's name is missing: give it at the end");
    }
    return id;
  }

  boolean on(Flag flag) {
    return flags.containsKey(flag);
  }

  /** Its value, null if it was not given. */
  String text(Flag flag) {
    return flags.get(flag);
  }

  String text(Flag flag, String otherwise) {
    return flags.getOrDefault(flag, otherwise);
  }

  /** The directory of images. A restore, of runc and of crun, names it from the bundle. */
  Path images() {
    return fromBundle(text(Flag.IMAGE_PATH, "checkpoint"));
  }

  /** The directory of logs. */
  Path work() {
    return on(Flag.WORK_PATH) ? fromBundle(text(Flag.WORK_PATH)) : images();
  }

  private Path fromBundle(String path) {
    return Path.of(command.equals("restore") ? text(Flag.BUNDLE, "") : "").resolve(path);
  }
}
