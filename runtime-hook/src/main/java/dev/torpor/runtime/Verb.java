// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.runtime.option.OptionGroup;

/** The first word of a command line. */
enum Verb {
  DUMP("dump", "-t PID -D DIR", "write a process tree into images, and end it unless told not to"),
  RESTORE("restore", "-D DIR", "bring back what the images hold"),
  CHECK("check", "[--feature NAME]", "say whether this kernel has what is needed"),
  IMAGE("image", "ACTION", "CRIU's crit: images as JSON and back, lists of what they hold"),
  CONTAINER("container", "ACTION", "containers that live, and what is in their checkpoints"),
  HOOK("hook", "STAGE|install|remove", "hooks of container engines, docs/hooks.md"),
  /** Answered by the launcher. */
  ENGINE("engine", "status|stop", "the resident engine, docs/engine.md"),
  SWRK("swrk", "FD", "serve a container runtime on an inherited socket"),
  PRE_DUMP("pre-dump", "-t PID -D DIR", "copy memory ahead of a dump"),
  PAGE_SERVER("page-server", "--port PORT", "take pages over the network"),
  LAZY_PAGES("lazy-pages", "-D DIR", "serve pages of a restore on demand"),
  DEDUP("dedup", "-D DIR", "drop pages that newer images repeat"),
  CPUINFO("cpuinfo", "dump|check", "write or compare the processor's features"),
  SERVICE("service", "--address PATH", "serve requests on a socket of our own"),
  EXEC("exec", "", "gone from CRIU as well"),
  SHOW("show", "", "gone from CRIU as well");

  private final String word;
  private final String usage;
  private final String help;

  Verb(String word, String usage, String help) {
    this.word = word;
    this.usage = usage;
    this.help = help;
  }

  String word() {
    return word;
  }

  String usage() {
    return usage;
  }

  String help() {
    return help;
  }

  /** Whether it does anything yet. */
  boolean works() {
    return switch (this) {
      case DUMP, RESTORE, CHECK, CPUINFO, SERVICE, IMAGE, CONTAINER, HOOK, ENGINE, SWRK -> true;
      default -> false;
    };
  }

  /** Whether options of a group mean anything to it. */
  boolean takes(OptionGroup group) {
    return switch (this) {
      case DUMP, PRE_DUMP, RESTORE -> group != OptionGroup.CHECK;
      case CHECK -> group == OptionGroup.CHECK || group == OptionGroup.GENERAL;
      case PAGE_SERVER, LAZY_PAGES -> group == OptionGroup.MEMORY || group == OptionGroup.GENERAL;
      case CPUINFO -> group == OptionGroup.SECURITY || group == OptionGroup.GENERAL;
      case DEDUP, SERVICE -> group == OptionGroup.GENERAL;
      case IMAGE, CONTAINER, HOOK, ENGINE, SWRK, EXEC, SHOW -> false;
    };
  }

  /** The verb of a word, null when there is none. */
  static Verb of(String word) {
    for (Verb verb : values()) {
      if (verb.word.equals(word)) {
        return verb;
      }
    }
    return null;
  }
}
