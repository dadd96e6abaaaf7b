// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.oci.RootFiles;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A report as sections of named values: what has the same name in two reports belongs together.
 * What differs by itself from one dump to the next (registers, numbers of images) is not in it.
 */
final class ComparableReport {
  private final Map<String, Map<String, String>> sections = new LinkedHashMap<>();

  private ComparableReport() {}

  /** Name of a section to its values. */
  static Map<String, Map<String, String>> of(Report report) {
    ComparableReport all = new ComparableReport();
    all.facts(report);
    all.processes(report);
    for (Report.Task task : report.tasks()) {
      all.task(task);
    }
    all.connections(report);
    all.rootFileSystem(report);
    for (Report.Cgroup each : report.cgroups()) {
      all.sections.put(
          "Cgroup " + String.join(",", each.controllers()) + ' ' + each.path(),
          new TreeMap<>(each.settings()));
    }
    all.mounts(report);
    return all.sections;
  }

  private Map<String, String> section(String name) {
    return sections.computeIfAbsent(name, any -> new LinkedHashMap<>());
  }

  private static void put(Map<String, String> into, String name, Object value) {
    if (value != null && !value.toString().isEmpty()) {
      into.put(name, value.toString());
    }
  }

  private void facts(Report report) {
    Map<String, String> facts = section("Checkpoint");
    put(facts, "Source", report.source());
    put(facts, "Images written", report.checkpoint().written());
    put(facts, "Host name", report.checkpoint().hostName());
    put(facts, "Images", Shown.size(report.checkpoint().imagesBytes()));
    put(facts, "Memory among them", Shown.size(report.checkpoint().memoryBytes()));
    Report.Container container = report.container();
    if (container != null) {
      put(facts, "Container", container.name());
      put(facts, "Id", container.id());
      put(facts, "Image", container.image());
      put(facts, "Engine", container.engine());
      put(facts, "Runtime", container.runtime());
      put(facts, "Checkpointed", container.checkpointed());
      put(facts, "Addresses", String.join(", ", container.addresses()));
      put(facts, "Limits", container.limits());
    }
  }

  private void processes(Report report) {
    Map<String, String> processes = section("Processes");
    for (Report.Task task : report.tasks()) {
      String memory = task.executable() == null ? "" : ", " + Shown.size(task.savedBytes());
      put(processes, Long.toString(task.pid()), task.title() + " (" + task.state() + memory + ')');
    }
  }

  private void task(Report.Task task) {
    Map<String, String> facts = section("Process " + task.pid());
    put(facts, "Command", task.title());
    put(facts, "Program", task.executable());
    put(facts, "Parent", task.parent());
    put(facts, "State", task.state());
    put(facts, "Directory", task.directory());
    put(facts, "Threads", task.threads().size());
    if (task.credentials() != null) {
      put(facts, "User", task.credentials().uid() + ":" + task.credentials().gid());
      put(facts, "Capabilities", String.join(" ", task.credentials().effective()));
      put(facts, "Seccomp", task.seccomp().mode() + ' ' + task.seccomp().filters());
    }
    for (Report.Limit limit : task.limits()) {
      put(facts, "Limit " + limit.name(), limit.soft() + ", " + limit.hard());
    }
    for (Report.Descriptor each : task.descriptors()) {
      put(facts, "Descriptor " + each.fd(), each.type() + ' ' + each.what() + ' ' + each.detail());
    }
    for (Report.Mapping each : task.mappings()) {
      mapping(facts, each);
    }
    for (String variable : task.environment()) {
      int equals = variable.indexOf('=');
      String name = equals < 0 ? variable : variable.substring(0, equals);
      put(
          facts,
          "Environment " + name,
          variable.substring(Math.min(equals + 1, variable.length())));
    }
  }

  /** The heap is the heap wherever it is. */
  private static void mapping(Map<String, String> facts, Report.Mapping mapping) {
    String byName = "Mapping " + mapping.what();
    boolean isOne = mapping.what().startsWith("[") && !facts.containsKey(byName);
    String value = mapping.line() + ", saved " + Shown.size(mapping.savedBytes());
    put(facts, isOne ? byName : "Mapping " + mapping.start(), value);
  }

  private void connections(Report report) {
    Map<String, String> connections = section("Connections");
    for (Report.Connection each : report.connections()) {
      String name = each.kind() + ' ' + each.local() + ' ' + each.remote();
      String who = each.state() + ' ' + String.join(" ", each.ends());
      connections.merge(name.strip(), who.strip(), (one, other) -> one + "; " + other);
    }
  }

  private void rootFileSystem(Report report) {
    if (report.rootFileSystem() == null) {
      return;
    }
    Map<String, String> files = section("Root file system");
    for (RootFiles.Changed each : report.rootFileSystem().changed()) {
      Instant modified = Instant.ofEpochMilli(each.modifiedMillis());
      put(files, each.path(), each.type() + ", " + each.lengthBytes() + " bytes, " + modified);
    }
    for (String path : report.rootFileSystem().deleted()) {
      put(files, path, "deleted");
    }
  }

  private void mounts(Report report) {
    Map<String, String> mounts = section("Mounts");
    for (Report.Mount each : report.mounts()) {
      put(
          mounts,
          each.mountPoint(),
          each.type() + ' ' + each.source() + ' ' + each.root() + ' ' + each.options());
    }
  }
}
