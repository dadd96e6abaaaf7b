// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A process of a page, with its children below. */
final class HtmlTask {
  private final HtmlPage page;

  HtmlTask(HtmlPage page) {
    this.page = page;
  }

  void write(TaskTree tree) throws IOException {
    Report.Task task = tree.task();
    page.raw("<li>");
    String command = task.title();
    page.beginDetails(task.pid() + "  " + command);
    facts(task);
    if (task.executable() != null) {
      memory(task);
      descriptors(task.descriptors());
      threads(task.threads());
      limits(task.limits());
      environment(task.environment());
    }
    page.endDetails();
    if (!tree.children().isEmpty()) {
      page.raw("<ul>");
      for (TaskTree child : tree.children()) {
        write(child);
      }
      page.raw("</ul>");
    }
    page.raw("</li>\n");
  }

  private void facts(Report.Task task) throws IOException {
    page.beginTable("", "");
    page.row("Name, state", task.name() + ", " + task.state());
    page.row("Parent, group, session", task.parent() + ", " + task.group() + ", " + task.session());
    if (task.executable() != null) {
      page.row("Program", task.executable());
      page.row(
          "Directory, root, umask", task.directory() + ", " + task.root() + ", " + task.umask());
      page.row("Memory saved", Shown.size(task.savedBytes()));
    }
    Report.Credentials who = task.credentials();
    if (who != null) {
      page.row("User", "uid " + who.uid() + ", effective " + who.effectiveUid());
      page.row(
          "Group",
          "gid " + who.gid() + ", effective " + who.effectiveGid() + ", others " + who.groups());
      page.row("Capabilities", String.join(" ", who.effective()));
      page.row("Permitted", String.join(" ", who.permitted()));
      page.row("Inheritable, ambient", who.inheritable() + ", " + who.ambient());
      page.row("Bounded by", String.join(" ", who.bounding()));
      page.row("No new privileges", who.noNewPrivileges());
      page.row("Seccomp", task.seccomp().mode() + ", filters: " + task.seccomp().filters());
      page.row("Security profile", who.securityProfile());
    }
    page.endTable();
  }

  private void memory(Report.Task task) throws IOException {
    page.beginDetails("Memory map: " + task.mappings().size() + " mappings");
    new HtmlMemory(page).write(task.mappings());
    page.beginTable("From", "To", "", "Bytes", "Saved", "What", "Offset");
    for (Report.Mapping each : task.mappings()) {
      page.row(
          each.start(),
          each.end(),
          each.protection(),
          each.lengthBytes(),
          each.savedBytes(),
          each.what(),
          each.offset() == 0 ? "" : "0x" + Long.toHexString(each.offset()));
    }
    page.endTable();
    page.endDetails();
  }

  private void descriptors(List<Report.Descriptor> descriptors) throws IOException {
    page.beginDetails("Descriptors: " + descriptors.size());
    page.beginTable("Number", "Type", "What", "");
    for (Report.Descriptor each : descriptors) {
      page.row(each.fd(), each.type(), each.what(), each.detail());
    }
    page.endTable();
    page.endDetails();
  }

  private void threads(List<Report.TaskThread> threads) throws IOException {
    page.beginDetails("Threads: " + threads.size());
    page.beginTable("Id", "Name", "Registers", "Signals blocked", "Signals pending");
    for (Report.TaskThread thread : threads) {
      StringBuilder registers = new StringBuilder();
      for (Map.Entry<String, String> each : thread.registers().entrySet()) {
        registers.append(each.getKey()).append('=').append(each.getValue()).append(' ');
      }
      page.row(
          thread.tid(),
          thread.name(),
          registers,
          String.join(" ", thread.blocked()),
          String.join(" ", thread.pending()));
    }
    page.endTable();
    page.endDetails();
  }

  private void limits(List<Report.Limit> limits) throws IOException {
    page.beginDetails("Limits");
    page.beginTable("", "Soft", "Hard");
    for (Report.Limit limit : limits) {
      page.row(limit.name(), number(limit.soft()), number(limit.hard()));
    }
    page.endTable();
    page.endDetails();
  }

  private static Object number(long limit) {
    return limit < 0 ? "unlimited" : limit;
  }

  private void environment(List<String> variables) throws IOException {
    page.beginDetails("Environment: " + variables.size());
    page.list(variables);
    page.endDetails();
  }
}
