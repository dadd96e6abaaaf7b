// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.Words;
import java.util.List;
import java.util.function.Consumer;

/**
 * Memory policies of single mappings, mbind(2), which are not carried. Only /proc/PID/numa_maps
 * tells of them, which walks all pages; so it is read while the tree still runs, and only on a
 * machine with several nodes of memory: with one, no policy changes anything.
 */
public final class MappingPolicies {
  private static final String NODES = "/sys/devices/system/node/online";

  private final ProcFs proc;
  private final boolean matter;

  /** Looks in {@code proc}. */
  public MappingPolicies(ProcFs proc) {
    this(proc, nodes());
  }

  /**
   * For another machine.
   *
   * @param nodes those of memory, as in {@code 0-1,3}
   */
  MappingPolicies(ProcFs proc, String nodes) {
    this.proc = proc;
    this.matter = nodes.indexOf('-') >= 0 || nodes.indexOf(',') >= 0;
  }

  private static String nodes() {
    try {
      return ProcFs.text(NODES).trim();
    } catch (ProcException e) {
      // No CONFIG_NUMA.
      return "";
    }
  }

  /** Says what will be lost of a task that may run, in one line. */
  public void warn(int pid, Consumer<String> warnings) {
    if (matter) {
      try {
        say(pid, Words.split(proc.text(pid, "numa_maps").trim(), '\n'), warnings);
      } catch (ProcException e) {
        if (!e.gone()) {
          throw e;
        }
      }
    }
  }

  /**
   * {@code 7f2c10000000 bind:0-1 anon=3 dirty=3 N0=3}. A mapping without a policy of its own shows
   * that of the task, as the last does, which is the kernel's or the stack.
   */
  private static void say(int pid, List<String> lines, Consumer<String> warnings) {
    String ofTask = lines.isEmpty() ? "" : policy(lines.get(lines.size() - 1));
    String first = null;
    int count = 0;
    for (String line : lines) {
      if (!policy(line).equals(ofTask)) {
        first = first == null ? line : first;
        count++;
      }
    }
    if (first != null) {
      warnings.accept(
          "task "
              + pid
              + ": memory policies of "
              + count
              + " mappings (mbind) are lost, the first is "
              + policy(first)
              + " at "
              + first.substring(0, first.indexOf(' ')));
    }
  }

  private static String policy(String line) {
    List<String> words = Words.split(line, ' ');
    return words.size() < 2 ? "" : words.get(1);
  }
}
