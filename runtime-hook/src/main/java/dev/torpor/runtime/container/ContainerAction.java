// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import java.util.List;

/** What {@code torpor container} can do, and what each takes. */
enum ContainerAction {
  LIST(
      "list",
      "[DIR] [--json]",
      "containers that live; or the archives of a directory",
      "json",
      "max-size"),
  INSPECT(
      "inspect",
      "ARCHIVE|DIR [--all] [--json] [--html FILE]",
      "what is in a checkpoint",
      "json all",
      "html max-size temporary"),
  MEMORY(
      "memory",
      "ARCHIVE|DIR [--pid P] [--search TEXT|--regex RE] [--output FILE]",
      "memory of a process: what there is, where a text is in it, all of it",
      "json",
      "pid search regex output max-size temporary"),
  DIFF(
      "diff",
      "A B [--json] [--html FILE]",
      "what is other in a second checkpoint than in a first",
      "json",
      "html max-size temporary"),
  BUILD(
      "build",
      "ARCHIVE IMAGE --output FILE",
      "a container image of a checkpoint, for podman load or ctr images import",
      "",
      "output max-size"),
  CHECKPOINT(
      "checkpoint",
      "ID -e FILE [--leave-running] [--tcp-established] [--file-locks] ...",
      "a running container of runc or crun, whoever started it, into an archive",
      "leave-running tcp-established tcp-skip-in-flight file-locks ext-unix-sk shell-job link-remap"
          + " ignore-rootfs ignore-volumes json",
      "export compress root manage-cgroups-mode"),
  RESTORE(
      "restore",
      "ARCHIVE --bundle DIR [--name ID] [--runtime runc|crun] ...",
      "an archive into a bundle that is there, by its runtime",
      "tcp-established tcp-close file-locks ext-unix-sk shell-job ignore-rootfs ignore-volumes"
          + " json",
      "bundle name runtime root manage-cgroups-mode max-size");

  final String word;
  final String usage;
  final String help;
  private final String flags;
  private final String valued;

  ContainerAction(String word, String usage, String help, String flags, String valued) {
    this.word = word;
    this.usage = usage;
    this.help = help;
    this.flags = flags;
    this.valued = valued;
  }

  /** Whether there is an option of this name without a value. */
  boolean takesFlag(String name) {
    return names(flags).contains(name);
  }

  /** Whether there is an option of this name with a value. */
  boolean takesValue(String name) {
    return names(valued).contains(name);
  }

  /** What it does and each option that it takes, as text for a person. */
  String page(String program) {
    StringBuilder text = new StringBuilder();
    text.append("Usage: ").append(program).append(" container ");
    text.append(word).append(' ').append(usage).append("\n\n  ").append(help).append("\n\n");
    for (String flag : names(flags)) {
      text.append("  --").append(flag).append('\n');
    }
    for (String option : names(valued)) {
      text.append("  --").append(option).append(" VALUE\n");
    }
    return text.toString();
  }

  private static List<String> names(String list) {
    return list.isEmpty() ? List.of() : List.of(list.split(" "));
  }

  /** The action of a word, null if there is none. */
  static ContainerAction of(String word) {
    for (ContainerAction action : values()) {
      if (action.word.equals(word)) {
        return action;
      }
    }
    return null;
  }
}
