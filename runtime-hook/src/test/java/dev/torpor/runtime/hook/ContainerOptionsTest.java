// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.runtime.option.ConfigFile;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionsBuilder;
import dev.torpor.runtime.option.Support;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ContainerOptionsTest {
  /** What engines tell of each checkpoint, and what would let a container reach out of itself. */
  private static final Set<Opt> NOT_A_CONTAINERS =
      EnumSet.of(
          Opt.HELP,
          Opt.VERSION,
          Opt.VERBOSITY,
          Opt.LOG_FILE,
          Opt.IMAGES_DIR,
          Opt.WORK_DIR,
          Opt.PIDFILE,
          Opt.CONFIG,
          Opt.NO_DEFAULT_CONFIG,
          Opt.DAEMON,
          Opt.DISPLAY_STATS,
          Opt.DEPRECATED,
          Opt.ACTION_SCRIPT,
          Opt.STATUS_FD,
          Opt.TREE,
          Opt.LEAVE_RUNNING,
          Opt.LEAVE_STOPPED,
          Opt.RESTORE_DETACHED,
          Opt.RESTORE_SIBLING,
          Opt.PLAN,
          Opt.LIVE_MEMORY,
          Opt.SHELL_JOB,
          Opt.ROOT,
          Opt.PRE_DUMP_MODE,
          Opt.GHOST_FIEMAP,
          Opt.INHERIT_FD,
          Opt.EXTERNAL,
          Opt.EXT_MOUNT_MAP,
          Opt.EMPTY_NS,
          Opt.JOIN_NS,
          Opt.CGROUP_ROOT,
          Opt.FREEZE_CGROUP,
          Opt.EXTRA,
          Opt.EXPERIMENTAL,
          Opt.ALL,
          Opt.FEATURE,
          Opt.MS,
          Opt.LOG_PID,
          Opt.LIBDIR,
          Opt.CLOSE,
          Opt.UNPRIVILEGED,
          Opt.EXEC_CMD,
          Opt.ADDRESS,
          Opt.MNTNS_COMPAT_MODE,
          Opt.VETH_PAIR,
          Opt.CGROUP_PROPS,
          Opt.CGROUP_PROPS_FILE,
          Opt.CGROUP_DUMP_CONTROLLER,
          Opt.CGROUP_YARD,
          Opt.LSM_PROFILE,
          Opt.CPU_CAP);

  private static final Set<Opt> BY_TCP = EnumSet.of(Opt.TCP_ESTABLISHED, Opt.TCP_CLOSE);

  @Test
  void configurationSaysWhatAnnotationsAskFor() {
    Map<String, String> annotations = new LinkedHashMap<>();
    annotations.put("checkpoint", "true");
    annotations.put("tcp", "established");
    annotations.put("file-locks", "true");
    annotations.put("link-remap", "false");
    annotations.put("ghost-limit", "16M");
    annotations.put("external-unix", "true");
    annotations.put("skip-mnt", "/a,/b");
    annotations.put("manage-cgroups", "ignore");
    assertThat(ContainerOptions.of(annotations).configuration())
        .isEqualTo(
            """
            tcp-established
            no-tcp-close
            file-locks
            no-link-remap
            ghost-limit=16M
            ext-unix-sk
            skip-mnt=/a
            skip-mnt=/b
            manage-cgroups=ignore
            """);
  }

  @Test
  void checkpointAloneNeedsNoFileAndFalseTakesTheOthersBack() {
    assertThat(ContainerOptions.of(Map.of("checkpoint", "true")).configuration()).isEmpty();
    assertThat(ContainerOptions.of(Map.of("checkpoint", "false", "tcp", "close")).configuration())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tcp             | open  | annotation torpor.tcp cannot be 'open': it takes established or close",
        "tcp             | ''    | annotation torpor.tcp cannot be '': it takes established or close",
        "checkpoint      | yes   | annotation torpor.checkpoint cannot be 'yes': it takes true or false",
        "file-locks      | 1     | annotation torpor.file-locks cannot be '1': it takes true or false",
        "external-unix   | false | annotation torpor.external-unix cannot be 'false': it takes true",
        "ghost-limit     | ''    | annotation torpor.ghost-limit cannot be '': it takes N[K|M|G]",
        "ghost-limit     | 1 M   | annotation torpor.ghost-limit cannot be '1 M': it takes no blank",
        "ghost-limit     | 12Q   | torpor.ghost-limit: invalid argument for --ghost-limit: 12Q (expected",
        "network-lock    | maybe | torpor.network-lock: invalid argument for --network-lock: maybe (exp",
        "manage-cgroups  | all   | torpor.manage-cgroups: invalid argument for --manage-cgroups: all (e",
        "timeout         | -1    | torpor.timeout: invalid argument for --timeout: -1 (expected",
        "skip-mnt        | a,/b  | annotation torpor.skip-mnt cannot be 'a,/b': it takes absolute paths",
        "skip-mnt        | '/a,' | annotation torpor.skip-mnt cannot be '/a,': it takes absolute paths",
        "tcp-established | true  | annotation torpor.tcp-established is unknown: there are torpor.check",
        "action-script   | /x    | annotation torpor.action-script is unknown: there are torpor.check",
      })
  void refusalNamesAnnotationValueAndWhatIsAllowed(String name, String value, String message) {
    assertThatThrownBy(() -> ContainerOptions.of(Map.of(name, value)))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining(message);
  }

  /** A value must not bring a second option with it. */
  @ParameterizedTest
  @CsvSource({"'/a\naction-script=/x'", "'/a\" '", "/a#b", "/a\\b"})
  void valueIsOneWordOfTheFile(String value) {
    assertThatThrownBy(() -> ContainerOptions.of(Map.of("skip-mnt", value)))
        .isInstanceOf(OptionException.class)
        .hasMessageContaining("torpor.skip-mnt");
  }

  @ParameterizedTest
  @EnumSource
  void everyOptionIsAskedForByAnAnnotationOrMustNotBe(Opt option) {
    boolean asked = BY_TCP.contains(option);
    for (Annotation annotation : Annotation.values()) {
      asked |= annotation.option() == option;
    }
    boolean cannot = option.support() == Support.REFUSED || NOT_A_CONTAINERS.contains(option);
    assertThat(asked).isNotEqualTo(cannot);
  }

  /** Stronger than the flags of the engine, which have been taken before. */
  @Test
  void tcpTakesTheOtherBack() {
    OptionsBuilder builder = new OptionsBuilder();
    builder.flag(Opt.TCP_ESTABLISHED, true, "RPC");
    ConfigFile.parse("file", ContainerOptions.of(Map.of("tcp", "close")).configuration(), builder);
    assertThat(builder.on(Opt.TCP_CLOSE)).isTrue();
    assertThat(builder.on(Opt.TCP_ESTABLISHED)).isFalse();
  }
}
