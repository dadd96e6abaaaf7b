// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.stats_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.engine.StubEngine;
import dev.torpor.runtime.kernel.Feature;
import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exit statuses, outputs and files as CRIU 4.2.1 has them. */
class CommandLineTest {
  /** Verbs with words of their own behind them, and no options of CRIU's. */
  private static final Set<Verb> HAVE_THEIR_OWN =
      EnumSet.of(Verb.SWRK, Verb.IMAGE, Verb.CONTAINER, Verb.HOOK, Verb.ENGINE);

  @TempDir Path directory;
  private final StubEngine engine = new StubEngine();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    CommandLine commandLine =
        new CommandLine(
            "torpor",
            engine,
            new OptionSources(directory.resolve("etc"), Map.of("HOME", directory.toString())),
            new KernelCheck(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return commandLine.run(List.of(arguments));
  }

  private int dump(String... more) {
    List<String> words = new ArrayList<>(List.of("dump", "-t", "42", "-D", directory.toString()));
    words.addAll(List.of(more));
    return run(words.toArray(new String[0]));
  }

  private int restore(String... more) {
    List<String> words = new ArrayList<>(List.of("restore", "-D", directory.toString()));
    words.addAll(List.of(more));
    return run(words.toArray(new String[0]));
  }

  private String log(String name) throws IOException {
    return Files.readString(directory.resolve(name));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theVersionIsTheFirstThingPrinted() {
    assertThat(run("--version")).isZero();
    assertThat(out()).isEqualTo("Version: 4.2\n");
  }

  @Test
  void withoutArgumentsHelpAndFailure() {
    assertThat(run()).isEqualTo(1);
    assertThat(out()).startsWith("Usage: torpor VERB");
  }

  @Test
  void helpNamesEveryVerbAndOption() {
    assertThat(run("-h")).isZero();
    for (Verb verb : Verb.values()) {
      assertThat(out()).contains("\n  " + verb.word() + ' ');
    }
    for (Opt option : Opt.values()) {
      assertThat(out()).contains("--" + option.longName());
    }
    assertThat(out().lines()).allMatch(line -> line.length() <= 110);
  }

  @Test
  void everyVerbHasHelp() {
    for (Verb verb : Verb.values()) {
      if (!HAVE_THEIR_OWN.contains(verb)) {
        out.reset();
        assertThat(run(verb.word(), "--help")).isZero();
        assertThat(out()).startsWith("Usage: torpor " + verb.word());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dump | 1 | pid not specified",
        "foo | 1 | unknown command: foo",
        "-D /x | 1 | command is required",
        "dump -t 1 foo | 1 | excessive parameter for command dump",
        "dump -t 1 --nosuch | 1 | unrecognized option '--nosuch'",
        "dump -t 1 -D /no/such/dir | 1 | images directory /no/such/dir",
        "exec | 255 | retired",
        "show | 255 | torpor image show",
        "pre-dump -t 1 | 1 | pre-dump (copy memory ahead of a dump) is not supported yet",
        "page-server | 1 | not supported yet",
        "lazy-pages | 1 | not supported yet",
        "dedup | 1 | not supported yet",
        "cpuinfo | 1 | there are dump and check",
        "cpuinfo show | 1 | there are dump and check",
        "cpuinfo dump now | 1 | excessive parameter for command cpuinfo",
        "restore --exec-cmd | 1 | --exec-cmd requires a command",
        "dump -t 1 --inherit-fd fd[0]:/x | 1 | --inherit-fd is for restore",
        "check --exec-cmd -- ls | 1 | --exec-cmd is for restore",
        "restore -d --exec-cmd -- ls | 1 | cannot be used together",
        "check --ms | 1 | --ms",
        "check --feature bogus | 1 | unknown feature bogus",
        "swrk x | 1 | swrk: x is no descriptor",
        "swrk | 1 | Usage: torpor swrk <fd>",
        "swrk 3 4 | 1 | Usage: torpor swrk <fd>",
        "swrk 999 | 255 | swrk: ",
      })
  void whatGoesWrongIsOneLine(String line, int status, String message) {
    assertThat(run(line.split(" ", -1))).isEqualTo(status);
    assertThat(err()).contains(message).endsWith("\n");
    assertThat(engine.jobs).isEmpty();
  }

  @Test
  void aDumpWritesLogAndStatistics() throws IOException {
    assertThat(dump("-o", "dump.log", "-v4", "-R")).isZero();
    assertThat(err()).isEmpty();
    assertThat(out()).isEmpty();
    assertThat(log("dump.log").lines().toList().get(0))
        .matches("\\(00\\.\\d{6}\\) Version: 4.2 \\(gitid 0\\)");
    assertThat(log("dump.log").lines().toList().get(1))
        .matches("\\(00\\.\\d{6}\\) Running on \\S+ Linux \\S+ #.* x86_64");
    assertThat(log("dump.log")).containsPattern("\\(00\\.\\d{6}\\) dumping 42\n");
    assertThat(Files.getPosixFilePermissions(directory.resolve("dump.log")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    try (ImageReader reader =
        ImageReader.open(directory.resolve("stats-dump"), ImageType.STATS_DUMP)) {
      stats_entry entry = reader.next(stats_entry.parser());
      assertThat(entry.getDump().getPagesWritten()).isEqualTo(6);
    }
  }

  @Test
  void anExistingLogIsEmptiedInPlace() throws IOException {
    Path log = directory.resolve("dump.log");
    Files.writeString(log, "old");
    Object inode = Files.getAttribute(log, "unix:ino");
    assertThat(dump("-o", "dump.log", "-v4")).isZero();
    assertThat(log("dump.log")).doesNotContain("old").contains("dumping 42");
    assertThat(Files.getAttribute(log, "unix:ino")).isEqualTo(inode);
  }

  @Test
  void belowLevelThreeThereAreNoTimes() throws IOException {
    engine.failure = "no such process";
    assertThat(dump("-o", "dump.log")).isEqualTo(1);
    assertThat(log("dump.log")).matches("Error \\(\\w+\\.java:\\d+\\): no such process\n");
    assertThat(err()).isEqualTo("torpor: no such process\n");
  }

  @Test
  void refusedOptionsStandInTheLogAndNothingIsDone() throws IOException {
    assertThat(dump("-o", "dump.log", "--lazy-pages")).isEqualTo(1);
    assertThat(log("dump.log")).contains("Error (").contains("--lazy-pages");
    assertThat(err()).startsWith("torpor: command line: option --lazy-pages").hasLineCount(1);
    assertThat(engine.jobs).isEmpty();
  }

  @Test
  void theWorkDirectoryTakesTheByproducts() throws IOException {
    Path work = Files.createDirectory(directory.resolve("work"));
    assertThat(dump("-W", work.toString(), "-o", "dump.log")).isZero();
    assertThat(work.resolve("dump.log")).exists();
    assertThat(work.resolve("stats-dump")).exists();
    assertThat(directory.resolve("stats-dump")).doesNotExist();
  }

  @Test
  void restoreWritesStatistics() {
    assertThat(restore("-d", "-o", "r.log")).isZero();
    assertThat(directory.resolve("stats-restore")).exists();
  }

  private String script(String name, String body) throws IOException {
    Path script = directory.resolve(name);
    Files.writeString(script, "#!/bin/sh\n" + body);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script.toString();
  }

  @Test
  void scriptsRunLastOneFirstWithTheirEnvironment() throws IOException {
    Path work = Files.createDirectory(directory.resolve("work"));
    String body =
        "echo \"$(basename $0) $CRTOOLS_SCRIPT_ACTION $CRTOOLS_INIT_PID\"\n"
            + "[ -e \"$CRTOOLS_IMAGE_DIR/a\" ] && [ \"$(pwd -P)\" = "
            + work.toRealPath()
            + " ] && echo seen\n";
    String a = script("a", body);
    String b = script("b", body);
    int status = dump("-W", work.toString(), "-o", "l", "--action-script", a, "--action-script", b);
    assertThat(status).isZero();
    assertThat(Files.readAllLines(work.resolve("l")))
        .containsExactly(
            "b pre-dump ",
            "seen",
            "a pre-dump ",
            "seen",
            "b network-lock 42",
            "seen",
            "a network-lock 42",
            "seen",
            "b post-dump 42",
            "seen",
            "a post-dump 42",
            "seen");
  }

  @Test
  void aFailingPostDumpScriptIsTheExitStatus() throws IOException {
    String script = script("s", "[ $CRTOOLS_SCRIPT_ACTION != post-dump ] || exit 7\n");
    assertThat(dump("-o", "l", "--action-script", script)).isEqualTo(255);
    assertThat(log("l")).contains("Error (").contains("exited with 7");
    assertThat(directory.resolve("stats-dump")).doesNotExist();
  }

  @Test
  void aFailingPreDumpScriptEndsTheDump() throws IOException {
    String script = script("s", "exit 1\n");
    assertThat(dump("-o", "l", "--action-script", script)).isEqualTo(1);
    assertThat(err()).contains("pre-dump scripts");
  }

  @Test
  void aCheckNeedsItsLogToo() {
    assertThat(run("check", "-o", directory.resolve("l").toString())).isZero();
    assertThat(directory.resolve("l")).exists();
    assertThat(run("check", "-o", directory.resolve("missing/l").toString())).isEqualTo(1);
    assertThat(err()).contains("missing/l").contains("No such file");
    assertThat(run("check", "-W", directory.resolve("missing").toString())).isEqualTo(1);
  }

  @Test
  void configurationFilesAreReadAndNamedInTheLog() throws IOException {
    Path config = directory.resolve("etc/criu/default.conf");
    Files.createDirectories(config.getParent());
    Files.writeString(config, "log-file conf.log\nverbosity=3\n");
    assertThat(dump()).isZero();
    assertThat(log("conf.log")).contains("Parsing config file " + config);
  }

  @Test
  void imagesAreShownDecodedAndEncoded() throws IOException {
    assertThat(dump()).isZero();
    Path image = directory.resolve("stats-dump");
    assertThat(run("image", "decode", image.toString())).as("%s", err).isZero();
    assertThat(out()).startsWith("{\"magic\": \"STATS\"").endsWith("}\n").hasLineCount(1);
    Path json = Files.writeString(directory.resolve("stats.json"), out());
    out.reset();
    assertThat(run("image", "encode", json.toString())).as("%s", err).isZero();
    assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(image));
    out.reset();
    assertThat(run("image", "show", image.toString())).isZero();
    assertThat(out()).contains("\"pages_written\": 6");
  }

  @Test
  void anImageGoesFromFileToFileAsWithCrit() throws IOException {
    assertThat(dump()).isZero();
    Path image = directory.resolve("stats-dump");
    String json = directory.resolve("stats.json").toString();
    String again = directory.resolve("again").toString();
    assertThat(run("image", "decode", "-i", image.toString(), "-o", json)).as("%s", err).isZero();
    assertThat(run("image", "encode", "--in=" + json, "--out", again)).as("%s", err).isZero();
    assertThat(Path.of(again)).hasSameBinaryContentAs(image);
    assertThat(out()).isEmpty();
    assertThat(run("image", "info", image.toString())).isZero();
    assertThat(out()).contains("\"magic\": \"STATS\"", "\"count\": 1");
  }

  @Test
  void whatNoImageActionUnderstandsIsRefused() {
    String here = directory.toString();
    assertThat(run("image", "decode", "--help")).isZero();
    assertThat(out()).contains("Usage: torpor image ACTION", "x DIR ps|fds|mems|rss|sk");
    assertThat(run("image", "decode", "-i")).isEqualTo(1);
    assertThat(run("image", "decode", "--nice", "a")).isEqualTo(1);
    assertThat(run("image", "info")).isEqualTo(1);
    assertThat(run("image", "x", here, "threads")).isEqualTo(1);
    assertThat(run("image", "x", here, "ps")).isEqualTo(1);
    assertThat(err()).hasLineCount(5).contains("-i needs a file", "unknown option --nice");
    assertThat(err()).contains("takes one file", "ps, fds, mems, rss, sk", "pstree.img");
  }

  @Test
  void whatIsNoImageIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("x.img"), "nothing of the kind");
    assertThat(run("image", "decode", file.toString())).isEqualTo(1);
    assertThat(err()).contains("x.img").hasLineCount(1);
    assertThat(run("image", "encode", file.toString())).isEqualTo(1);
    assertThat(run("image", "show", "/no/such/file")).isEqualTo(1);
    assertThat(run("image", "list", file.toString())).isEqualTo(1);
    assertThat(run("image")).isEqualTo(1);
    assertThat(err()).hasLineCount(5);
  }

  @Test
  void theProcessorIsWrittenDownAndCompared() {
    String here = directory.toString();
    assertThat(run("cpuinfo", "check", "-D", here, "-o", "l")).isEqualTo(1);
    assertThat(err()).contains("cpuinfo.img");
    assertThat(run("cpuinfo", "dump", "-D", here)).isZero();
    assertThat(run("cpuinfo", "check", "-D", here, "--cpu-cap")).isZero();
  }

  /** With the option a dump writes down its processor, and a restore wants to know of it. */
  @Test
  void aProcessorIsComparedOnlyWhereItWasAskedFor() {
    assertThat(restore("-d", "--cpu-cap=none")).isZero();
    assertThat(restore("-o", "l", "-d", "--cpu-cap=ins")).isEqualTo(1);
    assertThat(err()).contains("cpuinfo.img");
    assertThat(dump()).isZero();
    assertThat(directory.resolve("cpuinfo.img")).doesNotExist();
    assertThat(dump("--cpu-cap")).isZero();
    assertThat(directory.resolve("cpuinfo.img")).exists();
    assertThat(restore("-d", "--cpu-cap=ins")).isZero();
  }

  @Test
  void pluginsAreRefusedByName() throws IOException {
    Path plugins = Files.createDirectory(directory.resolve("plugins"));
    assertThat(dump("-o", "l", "-L", plugins.toString())).isZero();
    Files.writeString(plugins.resolve("amdgpu_plugin.so"), "");
    assertThat(dump("-o", "l", "-L", plugins.toString())).isEqualTo(1);
    assertThat(restore("-o", "l", "-d", "-L", plugins.toString())).isEqualTo(1);
    assertThat(dump("-o", "l", "-L", "/no/such")).isEqualTo(1);
    assertThat(err()).hasLineCount(3).contains("amdgpu_plugin.so", "/no/such cannot be read");
  }

  /** As with CRIU. */
  @Test
  void theOlderMountsAreForARestore() {
    assertThat(restore("-d", "--mntns-compat-mode")).isZero();
    assertThat(dump("-o", "l", "--mntns-compat-mode")).isEqualTo(1);
    assertThat(err()).contains("--mntns-compat-mode is for a restore");
  }

  @Test
  void theCommandIsBecomeWhenTheTreeRuns() {
    assertThat(restore("--exec-cmd", "--", "ls", "-l")).isZero();
    assertThat(engine.command).containsExactly("ls", "-l");
  }

  @Test
  void aServiceTakesTheNameOfAnOldSocketButOfNoFile() throws IOException {
    Path address = directory.resolve("socket");
    for (int i = 0; i < 2; i++) {
      assertThat(run("service", "--address", address.toString())).as("%s", err).isZero();
      assertThat(Files.getPosixFilePermissions(address))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      Unistd.close(engine.listening);
    }
    Path file = Files.writeString(directory.resolve("file"), "mine");
    String log = directory.resolve("l").toString();
    assertThat(run("service", "--address", file.toString(), "-o", log)).isEqualTo(1);
    assertThat(err()).contains("no socket");
    assertThat(file).hasContent("mine");
  }

  @Test
  void featuresCanBeAskedFor() {
    assertThat(run("check", "--feature", "mnt_id")).isZero();
    assertThat(out()).isEqualTo("mnt_id is supported\n");
    assertThat(run("check", "--feature", "mem_dirty_track")).isEqualTo(1);
    assertThat(run("check", "--feature", "list")).isZero();
    assertThat(out()).contains("pagemap_scan_guard_pages");
  }

  @Test
  void whatIsMissingIsListedAndFails() {
    KernelCheck kernel = new KernelCheck();
    List<String> extra = kernel.missing(Feature.Group.EXTRA);
    List<String> experimental = kernel.missing(Feature.Group.EXPERIMENTAL);
    int lacking = extra.size() + experimental.size();
    assertThat(run("check", "--all")).isEqualTo(lacking == 0 ? 0 : 1);
    assertThat(err()).hasLineCount(lacking);
    assertThat(err().lines()).allMatch(line -> line.contains(" is not supported: "));
    assertThat(out())
        .startsWith(
            lacking == 0 ? "Looks good." : "Looks good but some kernel features are missing");
  }
}
