// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.oci.RootFiles;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A report as one page for a browser, which needs nothing besides. */
public final class HtmlReport {
  private static final String[][] SECTIONS = {
    {"processes", "Processes"},
    {"connections", "Connections"},
    {"rootfs", "Root file system"},
    {"cgroups", "Cgroups and limits"},
    {"mounts", "Mounts"},
    {"timeline", "Timeline"},
    {"files", "Files of the checkpoint"},
    {"log", "Log"}
  };

  private final Report report;
  private final HtmlPage page;

  private HtmlReport(Report report, Writer out) {
    this.report = report;
    this.page = new HtmlPage(out);
  }

  /** Writes the page. */
  public static void write(Report report, Writer out) throws IOException {
    new HtmlReport(report, out).write();
  }

  private void write() throws IOException {
    Report.Container container = report.container();
    String name =
        container == null || container.name() == null ? report.source() : container.name();
    page.begin("Checkpoint of " + name);
    page.raw("<header>");
    page.element("h1", name);
    page.raw("<input id=\"search\" type=\"search\" placeholder=\"Search all of it\" ");
    page.raw("aria-label=\"Search\"><span id=\"found\"></span><nav>");
    for (String[] section : SECTIONS) {
      page.raw("<a href=\"#" + section[0] + "\">");
      page.text(section[1]);
      page.raw("</a> ");
    }
    page.raw("</nav></header>\n<main>\n");
    facts();
    processes();
    connections();
    rootFileSystem();
    cgroups();
    mounts();
    new HtmlTimeline(page).write(report.timeline());
    files();
    log();
    page.raw("</main>\n");
    page.end();
  }

  private void facts() throws IOException {
    Report.Container container = report.container();
    Report.Dump dump = report.checkpoint();
    page.beginTable("", "");
    if (container != null) {
      fact("Container", container.name());
      fact("Id", container.id());
      fact("Image", container.image());
      fact("Image digest", container.imageDigest());
      fact("Engine", container.engine());
      fact("Runtime", container.runtime());
      fact("Pod", container.pod());
      fact("Created", container.created());
      fact("Checkpointed", container.checkpointed());
      fact("Addresses", String.join(", ", container.addresses()));
      fact("Command", String.join(" ", container.command()));
    }
    fact("Images written", dump.written());
    fact("Host name", dump.hostName());
    fact("Images", Shown.size(dump.imagesBytes()));
    fact("Memory among them", Shown.size(dump.memoryBytes()));
    fact("Source", report.source());
    for (String note : report.notes()) {
      fact("Note", note);
    }
    page.endTable();
    if (container != null) {
      page.beginDetails("Environment and mounts as the engine asked for");
      page.list(container.environment());
      page.beginTable("Place", "Type", "Source");
      for (Report.OuterMount mount : container.mounts()) {
        page.row(mount.destination(), mount.type(), mount.source());
      }
      page.endTable();
      page.endDetails();
    }
  }

  private void fact(String name, String value) throws IOException {
    if (value != null && !value.isEmpty()) {
      page.row(name, value);
    }
  }

  private void processes() throws IOException {
    page.section("processes", "Processes");
    HtmlTask tasks = new HtmlTask(page);
    page.raw("<ul class=\"tree\">");
    for (TaskTree tree : TaskTree.of(report.tasks())) {
      tasks.write(tree);
    }
    page.raw("</ul>");
    page.endSection();
  }

  private void connections() throws IOException {
    page.section("connections", "Connections");
    page.beginTable("Kind", "State", "Local", "Remote", "Who has it", "Who has the other side");
    for (Report.Connection each : report.connections()) {
      page.row(
          each.kind(),
          each.state(),
          each.local(),
          each.remote(),
          String.join(" ", each.ends()),
          String.join(" ", each.peers()));
    }
    page.endTable();
    if (!report.waiting().isEmpty()) {
      page.element("h3", "Not read yet");
      page.beginTable("Where", "Bytes", "Beginning", "In hexadecimal");
      for (Report.Waiting each : report.waiting()) {
        page.row(each.where(), each.lengthBytes(), each.text(), each.hex());
      }
      page.endTable();
    }
    page.endSection();
  }

  private void rootFileSystem() throws IOException {
    page.section("rootfs", "Root file system");
    Report.RootFileSystem root = report.rootFileSystem();
    if (root == null) {
      page.element("p", "Only images are here: what changed is told by an archive.");
      page.endSection();
      return;
    }
    page.beginTable("What", "Path", "Type", "Bytes", "Mode", "Owner", "Modified");
    for (RootFiles.Changed file : root.changed()) {
      page.row(
          "changed",
          file.target() == null ? file.path() : file.path() + " -> " + file.target(),
          file.type(),
          file.lengthBytes(),
          String.format("%04o", file.mode() & 07777),
          file.uid() + ":" + file.gid(),
          Instant.ofEpochMilli(file.modifiedMillis()));
    }
    for (String path : root.deleted()) {
      page.row("deleted", path, "", "", "", "", "");
    }
    page.endTable();
    if (root.more() > 0) {
      page.element("p", root.more() + " more changed, which this page does not list.");
    }
    page.endSection();
  }

  private void cgroups() throws IOException {
    page.section("cgroups", "Cgroups and limits");
    for (Report.Cgroup cgroup : report.cgroups()) {
      page.beginDetails(String.join(",", cgroup.controllers()) + ' ' + cgroup.path());
      page.beginTable("Setting", "Value");
      for (Map.Entry<String, String> setting : cgroup.settings().entrySet()) {
        page.row(setting.getKey(), setting.getValue());
      }
      page.endTable();
      page.endDetails();
    }
    if (report.container() != null && report.container().limits() != null) {
      page.element("h3", "As the engine asked for");
      page.list(List.of(report.container().limits().toString()));
    }
    page.endSection();
  }

  private void mounts() throws IOException {
    page.section("mounts", "Mounts");
    page.beginTable("Place", "Type", "Source", "Root", "Options", "From outside as");
    for (Report.Mount mount : report.mounts()) {
      page.row(
          mount.mountPoint(),
          mount.type(),
          mount.source(),
          mount.root(),
          mount.options(),
          mount.external());
    }
    page.endTable();
    page.endSection();
  }

  private void files() throws IOException {
    page.section("files", "Files of the checkpoint");
    page.beginTable("Name", "Bytes", "");
    for (Report.StoredFile file : report.files()) {
      page.row(file.name(), file.lengthBytes(), file.known() ? "" : "no engine writes this");
    }
    page.endTable();
    page.endSection();
  }

  private void log() throws IOException {
    page.section("log", "Log");
    page.list(report.log());
    page.endSection();
  }
}
