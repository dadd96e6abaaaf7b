// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.oci.RootFiles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is other in a second checkpoint than in a first. A process is the same if its pid is.
 *
 * @param first where the first one is
 * @param second where the second one is
 * @param facts of container and dump, as {@code what: before -> after}
 * @param processes that came or went
 * @param changes of processes that are in both, by pid
 * @param connections that came or went
 * @param files of the root file system that came or went, or are other
 */
public record ReportDiff(
    String first,
    String second,
    List<String> facts,
    List<String> processes,
    Map<String, List<String>> changes,
    List<String> connections,
    List<String> files) {

  /** Compares two. */
  public static ReportDiff of(Report first, Report second) {
    List<String> facts = new ArrayList<>();
    fact(facts, "written", first.checkpoint().written(), second.checkpoint().written());
    fact(facts, "memory", memory(first), memory(second));
    fact(facts, "processes", first.tasks().size(), second.tasks().size());
    if (first.container() != null && second.container() != null) {
      fact(facts, "container", first.container().name(), second.container().name());
      fact(facts, "image", first.container().image(), second.container().image());
      fact(facts, "engine", first.container().engine(), second.container().engine());
      fact(
          facts,
          "checkpointed",
          first.container().checkpointed(),
          second.container().checkpointed());
    }
    List<String> processes = new ArrayList<>();
    Map<String, List<String>> changes = new LinkedHashMap<>();
    tasks(first, second, processes, changes);
    return new ReportDiff(
        first.source(),
        second.source(),
        facts,
        processes,
        changes,
        sets(connections(first), connections(second)),
        sets(files(first), files(second)));
  }

  private static String memory(Report report) {
    return Shown.size(report.checkpoint().memoryBytes());
  }

  private static void fact(List<String> into, String what, Object before, Object after) {
    String old = String.valueOf(before);
    if (!old.equals(String.valueOf(after))) {
      into.add(what + ": " + old + " -> " + after);
    }
  }

  private static void tasks(
      Report first, Report second, List<String> processes, Map<String, List<String>> changes) {
    Map<Long, Report.Task> before = new LinkedHashMap<>();
    for (Report.Task task : first.tasks()) {
      before.put(task.pid(), task);
    }
    for (Report.Task task : second.tasks()) {
      Report.Task old = before.remove(task.pid());
      if (old == null) {
        processes.add("+ " + label(task));
      } else {
        List<String> other = task(old, task);
        if (!other.isEmpty()) {
          changes.put(label(task), other);
        }
      }
    }
    for (Report.Task gone : before.values()) {
      processes.add("- " + label(gone));
    }
  }

  private static String label(Report.Task task) {
    String command = task.title();
    return task.pid() + " " + command;
  }

  private static List<String> task(Report.Task before, Report.Task after) {
    List<String> other = new ArrayList<>();
    fact(other, "command", before.command(), after.command());
    fact(other, "program", before.executable(), after.executable());
    fact(other, "parent", before.parent(), after.parent());
    fact(other, "state", before.state(), after.state());
    fact(other, "directory", before.directory(), after.directory());
    fact(other, "credentials", before.credentials(), after.credentials());
    fact(other, "seccomp", before.seccomp(), after.seccomp());
    fact(other, "memory", Shown.size(before.savedBytes()), Shown.size(after.savedBytes()));
    fact(other, "threads", before.threads().size(), after.threads().size());
    for (String each : sets(descriptors(before), descriptors(after))) {
      other.add("descriptor " + each);
    }
    for (String each : sets(mappings(before), mappings(after))) {
      other.add("mapping " + each);
    }
    for (String each : sets(Set.copyOf(before.environment()), Set.copyOf(after.environment()))) {
      other.add("environment " + each);
    }
    return other;
  }

  private static Set<String> descriptors(Report.Task task) {
    Set<String> all = new LinkedHashSet<>();
    for (Report.Descriptor each : task.descriptors()) {
      all.add(each.fd() + ": " + each.what());
    }
    return all;
  }

  private static Set<String> mappings(Report.Task task) {
    Set<String> all = new LinkedHashSet<>();
    for (Report.Mapping each : task.mappings()) {
      all.add(each.line());
    }
    return all;
  }

  private static Set<String> connections(Report report) {
    Set<String> all = new LinkedHashSet<>();
    for (Report.Connection each : report.connections()) {
      String remote = each.remote().isEmpty() ? "" : " -> " + each.remote();
      all.add(each.kind() + ' ' + each.state() + ' ' + each.local() + remote);
    }
    return all;
  }

  private static Set<String> files(Report report) {
    Set<String> all = new LinkedHashSet<>();
    if (report.rootFileSystem() != null) {
      for (RootFiles.Changed each : report.rootFileSystem().changed()) {
        all.add(each.path() + " (" + each.lengthBytes() + " bytes)");
      }
      for (String path : report.rootFileSystem().deleted()) {
        all.add(path + " (deleted)");
      }
    }
    return all;
  }

  private static List<String> sets(Set<String> before, Set<String> after) {
    List<String> other = new ArrayList<>();
    for (String each : before) {
      if (!after.contains(each)) {
        other.add("- " + each);
      }
    }
    for (String each : after) {
      if (!before.contains(each)) {
        other.add("+ " + each);
      }
    }
    return other;
  }

  /** The same for a terminal. */
  public String text() {
    StringBuilder out = new StringBuilder();
    out.append("- ").append(Shown.terminal(first)).append('\n');
    out.append("+ ").append(Shown.terminal(second)).append('\n');
    section(out, null, facts);
    section(out, "Processes", processes);
    for (Map.Entry<String, List<String>> task : changes.entrySet()) {
      section(out, task.getKey(), task.getValue());
    }
    section(out, "Connections", connections);
    section(out, "Root file system", files);
    return out.toString();
  }

  private static void section(StringBuilder out, String title, List<String> lines) {
    if (title != null && !lines.isEmpty()) {
      out.append(Shown.terminal(title)).append('\n');
    }
    for (String line : lines) {
      out.append("  ").append(Shown.terminal(line)).append('\n');
    }
  }
}
