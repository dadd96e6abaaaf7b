// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.oci.ArchiveLimits;
import dev.torpor.runtime.archive.OpenedCheckpoint;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports of checkpoints that were recorded, as directories and in archives made here. */
class ReportTest {
  private static final int PAGE_BYTES = 4096;
  private static final Path TREES = Path.of("src/test/resources/trees").toAbsolutePath();

  /** What a browser, or a terminal, must never get. */
  private static final String HOSTILE = "<script>alert(1)</script>\u001b[2J\"'&\u202e";

  @TempDir Path directory;

  private Report read(Path source) throws IOException {
    try (OpenedCheckpoint opened =
        OpenedCheckpoint.open(source, ArchiveLimits.DEFAULT, directory, entry -> true)) {
      return ReportReader.read(opened);
    }
  }

  private Path archive(String tree, String name) throws IOException {
    Path file = directory.resolve("c.tar");
    String text = name.replace("\\", "\\\\").replace("\"", "\\\"").replace("\u001b", "\\u001b");
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(file));
        DirectoryStream<Path> images = Files.newDirectoryStream(TREES.resolve(tree))) {
      for (Path image : images) {
        add(tar, "checkpoint/" + image.getFileName(), Files.readAllBytes(image));
      }
      add(tar, "config.dump", utf8("{\"id\": \"12\", \"name\": \"" + text + "\"}"));
      add(
          tar,
          "spec.dump",
          utf8(
              """
              {"ociVersion": "1.0.2", "hostname": "h", "process": {"args": ["sleep", "9"]},
               "annotations": {"io.container.manager": "libpod"},
               "linux": {"resources": {"memory": {"limit": 1048576}}}}
              """));
      add(tar, "deleted.files", utf8("[\"/etc/" + text + "\"]"));
      add(tar, "dump.log", utf8("(00.000001) begins\n(00.000002) " + name + "\n"));
    }
    return file;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void add(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  @Test
  void tellsOfProcesses() throws IOException {
    Report report = read(TREES.resolve("family"));
    assertThat(report.notes()).isEmpty();
    assertThat(report.container()).isNull();
    assertThat(report.tasks())
        .extracting(Report.Task::pid, Report.Task::parent, Report.Task::state)
        .containsExactly(
            tuple(20644L, 0L, "alive"),
            tuple(20647L, 20644L, "alive"),
            tuple(20648L, 20644L, "zombie"));
    Report.Task root = report.tasks().get(0);
    assertThat(root.threads()).hasSizeGreaterThan(1);
    assertThat(root.threads().get(0).registers()).containsKeys("ip", "sp", "ax");
    assertThat(root.credentials().bounding()).contains("net_admin", "checkpoint_restore");
    assertThat(root.mappings())
        .extracting(Report.Mapping::what)
        .contains("[stack]", "[vdso]", root.executable());
    assertThat(root.limits()).extracting(Report.Limit::name).contains("nofile", "stack");
    long saved = root.mappings().stream().mapToLong(Report.Mapping::savedBytes).sum();
    assertThat(saved).isPositive().isEqualTo(root.savedBytes());
  }

  @Test
  void tellsWhoIsConnectedToWhom() throws IOException {
    Report report = read(TREES.resolve("family"));
    assertThat(report.connections())
        .anySatisfy(
            connection -> {
              assertThat(connection.kind()).isEqualTo("pipe");
              assertThat(connection.ends()).isNotEmpty();
              assertThat(connection.peers()).isNotEmpty();
            });
    assertThat(report.waiting()).isNotEmpty();
    assertThat(report.waiting().get(0).where()).startsWith("pipe[");
  }

  @Test
  void tellsOfTheContainer() throws IOException {
    Report report = read(archive("container", "web"));
    Report.Container container = report.container();
    assertThat(container.engine()).isEqualTo("Podman");
    assertThat(container.name()).isEqualTo("web");
    assertThat(container.command()).containsExactly("sleep", "9");
    assertThat(container.limits()).hasToString("{memory={limit=1048576}}");
    assertThat(report.rootFileSystem().deleted()).containsExactly("/etc/web");
    assertThat(report.log()).hasSize(2);
    assertThat(report.mounts()).extracting(Report.Mount::mountPoint).contains("/", "/proc");
    assertThat(TextReport.of(report, true)).contains("Podman", "deleted /etc/web", "begins");
    assertThat(directory.toFile().list()).containsExactly("c.tar");
  }

  @Test
  void aPageRunsNothingOfTheCheckpoint() throws IOException {
    Report report = read(archive("single", HOSTILE));
    StringWriter page = new StringWriter();
    HtmlReport.write(report, page);
    assertThat(page.toString())
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J&quot;&#39;&amp;\\u{202e}")
        .contains("default-src 'none'; style-src 'sha256-")
        .doesNotContain("<script>alert", "\u001b", "\u202e", "http:", "https:", " src=", " style=");
    assertThat(page.toString().split("<script", -1)).hasSize(2);
  }

  @Test
  void aTerminalObeysNothingOfTheCheckpoint() throws IOException {
    Report report = read(archive("single", HOSTILE));
    assertThat(TextReport.of(report, true))
        .contains("<script>alert(1)</script>\\u{1b}[2J\"'&\\u{202e}")
        .doesNotContain("\u001b", "\u202e");
    assertThat(ReportDiff.of(report, read(TREES.resolve("family"))).text())
        .doesNotContain("\u001b", "\u202e");
  }

  @Test
  void jsonHasTheNamesOfTheReport() throws IOException {
    StringWriter json = new StringWriter();
    RecordJson.write(read(archive("single", HOSTILE)), json);
    assertThat(json.toString())
        .contains("\"rootFileSystem\"", "\"savedBytes\"", "\"registers\"", "\\u001B[2J")
        .doesNotContain("\u001b");
  }

  @Test
  void processesInACircleAreShownOnce() {
    List<Report.Task> circle = new ArrayList<>();
    for (long pid = 1; pid < 1000; pid++) {
      circle.add(task(pid, pid % 999 + 1));
    }
    for (long pid = 1000; pid < 3000; pid++) {
      circle.add(task(pid, pid - 1));
    }
    assertThat(TaskTree.of(circle).stream().mapToInt(ReportTest::count).sum()).isEqualTo(2999);
  }

  private static int count(TaskTree tree) {
    int sum = 1;
    for (TaskTree child : tree.children()) {
      sum += count(child);
    }
    return sum;
  }

  private static Report.Task task(long pid, long parent) {
    return new Report.Task(
        pid, parent, 0, 0, "t", "alive", List.of(), null, null, null, null, null, null, List.of(),
        0, List.of(), List.of(), List.of(), List.of());
  }

  @Test
  void aDifferenceIsOfWhatChanged() throws IOException {
    Report single = read(TREES.resolve("single"));
    assertThat(ReportDiff.of(single, single).text().lines()).hasSize(2);
    ReportDiff diff = ReportDiff.of(single, read(TREES.resolve("family")));
    assertThat(diff.processes()).hasSize(4).anyMatch(line -> line.startsWith("- 20623"));
    assertThat(diff.connections()).anyMatch(line -> line.startsWith("+ pipe"));
  }

  @Test
  void twoAreComparedSideBySide() throws IOException {
    StringWriter page = new StringWriter();
    HtmlComparison.write(read(archive("single", HOSTILE)), read(TREES.resolve("family")), page);
    assertThat(page.toString())
        .contains("<td>20623</td><td class=\"gone\">", "<td>20644</td><td></td><td class=\"come\">")
        .doesNotContain("<script>alert", "\u001b", "\u202e", "http:", "https:", " src=", " style=");
  }

  @Test
  void whatIsTheSameInBothIsHidden() throws IOException {
    StringWriter page = new StringWriter();
    Report single = read(TREES.resolve("single"));
    HtmlComparison.write(single, single, page);
    assertThat(page.toString())
        .doesNotContain("<section>", "<tr>\n", "\"gone\"", "\"come\"")
        .contains("<section class=\"same\">", "[stack]");
  }

  /** Two runs that are neighbours, and one that is not; the text lies across, and at the end. */
  @Test
  void memoryIsSearchedAcrossPages() throws IOException {
    byte[] pages = new byte[4 * PAGE_BYTES];
    put(pages, 2 * PAGE_BYTES - 3, "needle");
    put(pages, 4 * PAGE_BYTES - 6, "needle");
    ImageDirectory images = ImageDirectory.at(directory);
    try (ImageWriter pagemap = images.write(ImageType.PAGEMAP, 7)) {
      pagemap.begin();
      pagemap.write(pagemap_head.newBuilder().setPagesId(1).build());
      pagemap.write(run(0x10000, 2));
      pagemap.write(run(0x12000, 1));
      pagemap.write(run(0x7fff0000, 1));
    }
    Files.write(directory.resolve("pages-1.img"), pages);
    try (SavedMemory memory = SavedMemory.of(DirectoryImages.of(images), 7)) {
      assertThat(addresses(memory, MemorySearch.text("needle")))
          .containsExactly("0x11ffd", "0x7fff0ffa");
      assertThat(addresses(memory, MemorySearch.expression("n[e]+dl.")))
          .containsExactly("0x11ffd", "0x7fff0ffa");
      assertThat(addresses(memory, MemorySearch.text("needles"))).isEmpty();
      assertThat(addresses(memory, MemorySearch.expression("\\x00"))).hasSize(4 * PAGE_BYTES - 12);
    }
  }

  /** Windows overlap: what begins in one and ends in the next is found, and found once. */
  @Test
  void memoryIsSearchedAcrossWindows() throws IOException {
    int count = 600;
    byte[] pages = new byte[count * PAGE_BYTES];
    for (int at = 1; at + 3 < pages.length; at += 1021) {
      put(pages, at, "abc");
    }
    ImageDirectory images = ImageDirectory.at(directory);
    try (ImageWriter pagemap = images.write(ImageType.PAGEMAP, 7)) {
      pagemap.begin();
      pagemap.write(pagemap_head.newBuilder().setPagesId(1).build());
      pagemap.write(run(0x10000, count));
    }
    Files.write(directory.resolve("pages-1.img"), pages);
    try (SavedMemory memory = SavedMemory.of(DirectoryImages.of(images), 7)) {
      assertThat(addresses(memory, MemorySearch.text("abc")))
          .hasSize((pages.length - 3) / 1021 + 1)
          .doesNotHaveDuplicates();
      assertThat(memory.savedBytes(0x11000, 0x13000)).isEqualTo(2 * PAGE_BYTES);
    }
  }

  private static void put(byte[] pages, int at, String text) {
    System.arraycopy(utf8(text), 0, pages, at, text.length());
  }

  private static pagemap_entry run(long start, int count) {
    return pagemap_entry
        .newBuilder()
        .setVaddr(start)
        .setCompatNrPages(count)
        .setNrPages(count)
        .setFlags(4)
        .build();
  }

  private static List<String> addresses(SavedMemory memory, MemorySearch search)
      throws IOException {
    List<String> addresses = new ArrayList<>();
    search.find(memory, match -> addresses.add(match.address()));
    return addresses;
  }
}
