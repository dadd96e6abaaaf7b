// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.oci.RootFiles;
import java.util.List;
import java.util.Map;

/** A report as text for a terminal. */
public final class TextReport {
  private static final int FEW = 40;

  private final Report report;
  private final boolean all;
  private final StringBuilder out = new StringBuilder(4096);

  private TextReport(Report report, boolean all) {
    this.report = report;
    this.all = all;
  }

  /**
   * The text.
   *
   * @param all also what is long: mappings, registers, environment, bounding capabilities, log
   */
  public static String of(Report report, boolean all) {
    TextReport text = new TextReport(report, all);
    text.head();
    text.processes();
    text.connections();
    text.rootFileSystem();
    text.cgroups();
    if (all) {
      text.mounts();
      text.files();
      text.log();
    }
    for (String note : report.notes()) {
      text.line(0, "Note: " + note);
    }
    return text.out.toString();
  }

  private void line(int depth, String text) {
    out.append("  ".repeat(depth)).append(Shown.terminal(text)).append('\n');
  }

  private void field(String name, Object value) {
    if (value != null && !value.toString().isEmpty()) {
      line(1, String.format("%-13s %s", name, value));
    }
  }

  private void head() {
    line(0, report.source());
    Report.Container container = report.container();
    if (container != null) {
      field("container", container.name());
      field("id", container.id());
      field("image", container.image());
      field("engine", container.engine());
      field("runtime", container.runtime());
      field("pod", container.pod());
      field("created", container.created());
      field("checkpointed", container.checkpointed());
      field("addresses", String.join(", ", container.addresses()));
      field("command", String.join(" ", container.command()));
      for (String variable : all ? container.environment() : List.<String>of()) {
        field("environment", variable);
      }
    }
    Report.Dump dump = report.checkpoint();
    field("written", dump.written());
    field("host name", dump.hostName());
    field("images", Shown.size(dump.imagesBytes()) + ", memory " + Shown.size(dump.memoryBytes()));
    for (Report.Event event : report.timeline()) {
      if (event.micros() >= 0) {
        field("", String.format("%-28s %9.3f ms", event.what(), event.micros() / 1000.0));
      }
    }
  }

  private void title(String text) {
    out.append('\n');
    line(0, text);
  }

  private void processes() {
    if (report.tasks().isEmpty()) {
      return;
    }
    title("Processes");
    for (TaskTree tree : TaskTree.of(report.tasks())) {
      process(tree, 1);
    }
  }

  private void process(TaskTree tree, int depth) {
    Report.Task task = tree.task();
    String command = task.title();
    String state = task.state().equals("alive") ? "" : " (" + task.state() + ')';
    line(depth, task.pid() + " " + command + state);
    if (task.executable() != null) {
      process(task, depth + 2);
    }
    for (TaskTree child : tree.children()) {
      process(child, depth + 1);
    }
  }

  private void process(Report.Task task, int depth) {
    line(depth, "program " + task.executable() + ", directory " + task.directory());
    line(
        depth,
        task.threads().size()
            + (task.threads().size() == 1 ? " thread, " : " threads, ")
            + Shown.size(task.savedBytes())
            + " of memory saved");
    if (task.credentials() != null) {
      credentials(task, depth);
    }
    if (all) {
      threads(task, depth);
      for (Report.Mapping each : task.mappings()) {
        line(
            depth,
            each.start()
                + '-'
                + each.end()
                + ' '
                + each.protection()
                + ' '
                + String.format("%10s", Shown.size(each.savedBytes()))
                + ' '
                + each.what());
      }
      for (String variable : task.environment()) {
        line(depth, "environment " + variable);
      }
    }
    for (Report.Descriptor each : task.descriptors()) {
      line(
          depth,
          "fd "
              + each.fd()
              + ": "
              + each.what()
              + (each.detail().isEmpty() ? "" : " (" + each.detail() + ')'));
    }
  }

  private void credentials(Report.Task task, int depth) {
    Report.Credentials who = task.credentials();
    String filtered =
        task.seccomp().filters() == 0
            ? task.seccomp().mode()
            : task.seccomp().filters() + " filters";
    line(
        depth,
        "uid "
            + who.uid()
            + ", gid "
            + who.gid()
            + ", seccomp "
            + filtered
            + (who.noNewPrivileges() ? ", no new privileges" : ""));
    line(depth, "capabilities " + String.join(" ", who.effective()));
    if (all) {
      line(depth, "bounded by " + String.join(" ", who.bounding()));
      for (Report.Limit limit : task.limits()) {
        line(
            depth,
            "limit " + limit.name() + ' ' + number(limit.soft()) + ' ' + number(limit.hard()));
      }
    }
  }

  private static String number(long limit) {
    return limit < 0 ? "unlimited" : Long.toString(limit);
  }

  private void threads(Report.Task task, int depth) {
    for (Report.TaskThread thread : task.threads()) {
      StringBuilder registers = new StringBuilder();
      for (Map.Entry<String, String> each : thread.registers().entrySet()) {
        registers.append(' ').append(each.getKey()).append('=').append(each.getValue());
      }
      line(depth, "thread " + thread.tid() + ' ' + thread.name());
      line(depth + 1, "registers" + registers);
      signals(depth + 1, "blocked", thread.blocked());
      signals(depth + 1, "pending", thread.pending());
    }
  }

  private void signals(int depth, String what, List<String> names) {
    if (!names.isEmpty()) {
      line(depth, what + ' ' + String.join(" ", names));
    }
  }

  private void connections() {
    if (!report.connections().isEmpty()) {
      title("Connections (PID:FD)");
    }
    for (Report.Connection each : report.connections()) {
      String remote = each.remote().isEmpty() ? "" : " -> " + each.remote();
      String peers = each.peers().isEmpty() ? "" : " <-> " + String.join(" ", each.peers());
      line(
          1,
          each.kind()
              + ' '
              + each.state()
              + ' '
              + each.local()
              + remote
              + "  "
              + String.join(" ", each.ends())
              + peers);
    }
    if (!report.waiting().isEmpty()) {
      title("Not read yet");
    }
    for (Report.Waiting each : report.waiting()) {
      line(1, each.where() + ", " + each.lengthBytes() + " bytes: " + each.text());
    }
  }

  private void rootFileSystem() {
    Report.RootFileSystem root = report.rootFileSystem();
    if (root == null || (root.changed().isEmpty() && root.deleted().isEmpty())) {
      return;
    }
    title("Root file system");
    int most = all ? Integer.MAX_VALUE : FEW;
    for (RootFiles.Changed file :
        root.changed().subList(0, Math.min(most, root.changed().size()))) {
      String target = file.target() == null ? "" : " -> " + file.target();
      line(
          1,
          String.format("changed %04o %10s  ", file.mode() & 07777, Shown.size(file.lengthBytes()))
              + file.path()
              + target);
    }
    if (root.changed().size() > most) {
      line(1, (root.changed().size() - most + root.more()) + " more, which --all shows");
    }
    for (String path : root.deleted()) {
      line(1, "deleted " + path);
    }
  }

  private void cgroups() {
    if (report.cgroups().isEmpty()) {
      return;
    }
    title("Cgroups");
    for (Report.Cgroup cgroup : report.cgroups()) {
      line(1, String.join(",", cgroup.controllers()) + ' ' + cgroup.path());
      for (Map.Entry<String, String> setting : cgroup.settings().entrySet()) {
        if (all
            || setting.getKey().endsWith("max")
            || setting.getKey().endsWith("limit_in_bytes")) {
          line(2, setting.getKey() + " = " + setting.getValue());
        }
      }
    }
  }

  private void mounts() {
    if (!report.mounts().isEmpty()) {
      title("Mounts");
    }
    for (Report.Mount mount : report.mounts()) {
      String from = mount.external() == null ? "" : ", from outside as " + mount.external();
      line(1, mount.mountPoint() + ' ' + mount.type() + ' ' + mount.source() + from);
    }
  }

  private void files() {
    title("Files");
    for (Report.StoredFile file : report.files()) {
      String unknown = file.known() ? "" : "  (no engine writes this, never unpacked)";
      line(1, String.format("%12d %s", file.lengthBytes(), file.name()) + unknown);
    }
  }

  private void log() {
    if (!report.log().isEmpty()) {
      title("Log");
    }
    for (String line : report.log()) {
      line(1, line);
    }
  }
}
