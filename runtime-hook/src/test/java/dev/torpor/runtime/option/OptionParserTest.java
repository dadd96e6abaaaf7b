// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.arch.CpuCap;
import dev.torpor.cgroup.CgroupRoot;
import dev.torpor.cgroup.ManageCgroupsMode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What CRIU 4.2.1's getopt_long accepts and refuses, seen by running it. */
class OptionParserTest {
  private final OptionsBuilder builder = new OptionsBuilder();

  private List<String> parse(String... words) {
    return OptionParser.parse(List.of(words), "command line", builder);
  }

  @Test
  void optionsMayFollowTheVerb() {
    assertThat(parse("dump", "-t", "42", "-D", "/images", "--leave-running"))
        .containsExactly("dump");
    CriuOptions options = builder.build();
    assertThat(options.treePid()).isEqualTo(42);
    assertThat(options.text(Opt.IMAGES_DIR)).isEqualTo("/images");
    assertThat(options.finalState()).isEqualTo(FinalState.RUNNING);
  }

  @ParameterizedTest
  @CsvSource({
    "-t42",
    "--tree=42",
    "--tre=42",
    "-jlt42",
  })
  void aPidInAllItsForms(String word) {
    parse(word);
    assertThat(builder.build().treePid()).isEqualTo(42);
  }

  @ParameterizedTest
  @CsvSource({
    "-v, 3",
    "-vv, 4",
    "-vvvv, 6",
    "-v4, 4",
    "-v0, 0",
    "-verbosity=0, 0",
    "--verbosity, 3",
    "--verbosity=1, 1",
  })
  void verbosityCountsOrSets(String word, int level) {
    parse(word);
    assertThat(builder.build().logLevel()).isEqualTo(level);
  }

  @Test
  void aSeparateWordIsNotAnOptionalValue() {
    assertThat(parse("--manage-cgroups", "ignore")).containsExactly("ignore");
    assertThat(builder.build().manageCgroups()).isEqualTo(ManageCgroupsMode.SOFT);
  }

  /** As CRIU: soft. */
  @Test
  void cgroupsAreManagedUnlessToldOtherwise() {
    parse();
    assertThat(builder.build().manageCgroups()).isEqualTo(ManageCgroupsMode.SOFT);
  }

  @Test
  void aCgroupRootIsAbsolute() {
    assertThatThrownBy(() -> parse("--cgroup-root", "cpu:a"))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("[CONTROLLERS:]/PATH");
  }

  @ParameterizedTest
  @CsvSource({"full, FULL", "none, NONE", "ignore, IGNORE", "strict, STRICT", "props, PROPS"})
  void manageCgroupsTakesItsModeAfterEquals(String text, ManageCgroupsMode mode) {
    parse("--manage-cgroups=" + text);
    assertThat(builder.build().manageCgroups()).isEqualTo(mode);
  }

  @Test
  void noTwinsTakeFlagsBack() {
    parse("--track-mem", "--no-track-mem", "--tcp-established", "--no-tcp-est");
    CriuOptions options = builder.build();
    assertThat(options.on(Opt.TRACK_MEM)).isFalse();
    assertThat(options.on(Opt.TCP_ESTABLISHED)).isFalse();
  }

  @Test
  void daemonIsAnotherNameOfDetached() {
    parse("--daemon");
    assertThat(builder.build().on(Opt.RESTORE_DETACHED)).isTrue();
  }

  @Test
  void everythingAfterTwoDashesIsLeftAlone() {
    assertThat(parse("restore", "--", "-d", "--nosuch"))
        .containsExactly("restore", "-d", "--nosuch");
    assertThat(builder.on(Opt.RESTORE_DETACHED)).isFalse();
  }

  @Test
  void theLastFinalStateCounts() {
    parse("-R", "-s");
    assertThat(builder.build().finalState()).isEqualTo(FinalState.STOPPED);
  }

  /** As LXC 5.0.2 gives it for a container without a console. */
  @Test
  void consoleOfLxcIsTakenLikeCriuDoes() {
    parse("--ext-mount-map", "console:", "--external", "console:");
    CriuOptions options = builder.build();
    assertThat(options.externalMounts()).containsExactly(new ExternalMount("console", ""));
    assertThat(options.list(Opt.EXTERNAL)).isEmpty();
  }

  @Test
  void structuredValuesAreTakenApart() {
    parse("-M", "/etc/hosts:hosts", "-Mauto", "--cgroup-root", "cpu:/a", "--cgroup-root", "/b");
    parse(
        "--inherit-fd", "fd[7]:pipe:[123]", "-J", "net:/run/netns/x", "-J", "user:42,0,0", "-x5,6");
    CriuOptions options = builder.build();
    assertThat(options.externalMounts()).containsExactly(new ExternalMount("/etc/hosts", "hosts"));
    assertThat(options.autodetectExternalMounts()).isTrue();
    assertThat(options.cgroupRoots())
        .containsExactly(new CgroupRoot("cpu", "/a"), new CgroupRoot(null, "/b"));
    assertThat(options.inheritedFds()).containsExactly(new InheritedFd(7, "pipe:[123]"));
    assertThat(options.joinedNamespaces())
        .containsExactly(
            new JoinedNamespace("net", "/run/netns/x", null),
            new JoinedNamespace("user", "42", "0,0"));
    assertThat(options.on(Opt.EXT_UNIX_SK)).isTrue();
    assertThat(options.list(Opt.EXT_UNIX_SK)).containsExactly("5", "6");
  }

  @Test
  void whatBecomesOfTheTasks() {
    assertThat(builder.build().finalState()).isEqualTo(FinalState.DEFAULT);
    parse("-R");
    assertThat(builder.build().finalState()).isEqualTo(FinalState.RUNNING);
    parse("--leave-stopped");
    assertThat(builder.build().finalState()).isEqualTo(FinalState.STOPPED);
  }

  @Test
  void freezingMayTakeTenSecondsUnlessToldOtherwise() {
    assertThat(builder.build().timeoutSeconds()).isEqualTo(10);
    parse("--timeout", "3");
    assertThat(builder.build().timeoutSeconds()).isEqualTo(3);
    parse("--timeout=0");
    assertThat(builder.build().timeoutSeconds()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"iptables, IPTABLES", "nftables, NFTABLES", "skip, SKIP", "none, SKIP"})
  void networkLockHasCriusNames(String text, NetworkLock lock) {
    parse("--network-lock", text);
    assertThat(builder.build().networkLock()).isEqualTo(lock);
  }

  @ParameterizedTest
  @CsvSource({"4096, 4096", "64K, 65536", "2M, 2097152", "1G, 1073741824"})
  void sizesHaveUnits(String text, long lengthBytes) {
    parse("--ghost-limit", text);
    assertThat(builder.build().ghostLimitBytes()).isEqualTo(lengthBytes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--nosuch | unrecognized option '--nosuch'",
        "-Q | invalid option -- 'Q'",
        "--t=1 | option '--t' is ambiguous, it could be --timeout, --tree, --track-mem",
        "--no-t | option '--no-t' is ambiguous",
        "--no-tree | unrecognized option '--no-tree'",
        "--leave-running=5 | doesn't allow an argument",
        "--tree | option '--tree' requires an argument",
        "-t | option -- 't' requires an argument",
        "--tree=abc | invalid argument for --tree: abc",
        "--tree=0 | invalid argument for --tree: 0",
        "--manage-cgroups=foo | invalid argument for --manage-cgroups: foo",
        "--timeout=x | invalid argument for --timeout: x",
        "--timeout=-1 | invalid argument for --timeout: -1",
        "--network-lock=foo | invalid argument for --network-lock: foo",
        "--empty-ns=pid | invalid argument for --empty-ns: pid",
        "--ext-mount-map=foo | invalid argument for --ext-mount-map: foo",
        "--inherit-fd=foo | invalid argument for --inherit-fd: foo",
        "--inherit-fd=fd[x]:y | invalid argument for --inherit-fd: x",
        "--join-ns=foo | invalid argument for --join-ns: foo",
        "--external=foo | invalid argument for --external: foo",
        "--external=bogus[1]:x | invalid argument for --external: bogus[1]:x",
        "-vx | invalid argument for --verbosity: x",
        "-xa | invalid argument for --ext-unix-sk: a",
        "--ghost-limit=9999999999G | invalid argument for --ghost-limit",
        "--file-validation=foo | invalid argument for --file-validation: foo",
        "--pre-dump-mode=foo | invalid argument for --pre-dump-mode: foo",
        "--status-fd=a | invalid argument for --status-fd: a",
        "--close=a | invalid argument for --close: a",
        "--cpu-cap=foo | invalid argument for --cpu-cap: foo",
        "--veth-pair=eth0 | invalid argument for --veth-pair: eth0",
        "--lsm-profile=foo | invalid argument for --lsm-profile: foo",
      })
  void whatIsWrongIsSaid(String word, String message) {
    assertThatThrownBy(() -> parse(word))
        .isInstanceOf(OptionException.class)
        .hasMessageStartingWith("command line: ")
        .hasMessageContaining(message);
  }

  @Test
  void everyOptionNotSupportedYetIsRefusedByName() {
    for (Opt option : Opt.values()) {
      if (option.support() != Support.REFUSED) {
        continue;
      }
      OptionsBuilder one = new OptionsBuilder();
      String word = "--" + option.longName() + (option.shape().needsValue() ? "=1" : "");
      OptionParser.parse(List.of(word), "here", one);
      assertThatThrownBy(one::build)
          .as(word)
          .isInstanceOf(OptionException.class)
          .hasMessageContaining("here: option --" + option.longName())
          .hasMessageContaining("not supported yet");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--cpu-cap | FPU CPU INS | true",
        "--cpu-cap=cpu | FPU CPU INS | true",
        "--cpu-cap=none | '' | false",
        "--cpu-cap=none,cpu | CPU | true",
        "--cpu-cap=^none | FPU CPU INS | true",
        "--cpu-cap=all,^ins | FPU CPU | true",
        "--cpu-cap=^^ins | FPU INS | true",
        "--log-pid | FPU INS | false",
      })
  void processorsAreComparedByParts(String word, String parts, boolean inImage) {
    parse(word);
    CpuCaps caps = builder.build().cpuCaps();
    assertThat(caps.compared())
        .extracting(CpuCap::name)
        .containsExactlyElementsOf(parts.isEmpty() ? List.of() : List.of(parts.split(" ")));
    assertThat(caps.inImage()).isEqualTo(inImage);
  }

  @Test
  void aVethPairIsAnExternalResource() {
    parse("--veth-pair", "eth0=veth1@br0");
    assertThat(builder.build().list(Opt.EXTERNAL)).containsExactly("veth[eth0]:veth1@br0");
  }

  @Test
  void theLauncherLooksForDescriptorsToCloseOnTheCommandLineOnly() {
    parse("--close", "7", "--close=8");
    assertThatThrownBy(
            () -> OptionParser.parse(List.of("--close=7"), "default.conf line 1", builder))
        .hasMessageContaining("default.conf line 1: --close is for the command line");
  }

  @Test
  void whatCriuHasRetiredIsRefusedInItsWay() {
    parse("--ms");
    assertThatThrownBy(builder::build).hasMessageContaining("--ms is retired: see --extra");
  }

  @Test
  void siblingNeedsDetached() {
    parse("-S");
    assertThatThrownBy(builder::build).hasMessageContaining("only makes sense");
    parse("-d");
    assertThat(builder.build().on(Opt.RESTORE_SIBLING)).isTrue();
  }

  @Test
  void lettersAndNamesAreUnique() {
    assertThat(Opt.values()).extracting(Opt::longName).doesNotHaveDuplicates();
    StringBuilder letters = new StringBuilder();
    for (Opt option : Opt.values()) {
      if (option.shortName() != 0) {
        letters.append(option.shortName());
      }
    }
    assertThat(letters.chars().sorted().toArray())
        .isEqualTo("dSsRthDovxVrjJlWLM".chars().sorted().toArray());
  }
}
