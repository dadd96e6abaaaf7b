// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.criu_cg_mode;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A restore that fails by itself, at whatever step, ends with CRIU's exit code and one line that
 * names the object and the way out, and leaves nothing; once what stood in its way is gone, the
 * same restore works.
 */
class FailedRestoreIT {
  /** A few tasks, some of them ended, in namespaces of their own. */
  static Subject subject() {
    List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--net", "--ipc", "--uts"));
    command.addAll(StatusFileSubject.compiled("zombies").program());
    return new StatusFileSubject("zombies", command, true, true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pre-restore", "setup-namespaces", "post-setup-namespaces", "post-restore"})
  void scriptForbidsIt(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = dumped.restore("--action-script", dumped.script(step, "exit 3"));
      outcome.assertRefused("the " + step + " script failed");
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** Here they cannot forbid it; nor do CRIU's. */
  @ParameterizedTest
  @ValueSource(strings = {"network-unlock", "pre-resume", "post-resume"})
  void scriptFailsAtTheEnd(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      dumped.assertRestores("--action-script", dumped.script(step, "exit 3"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"setup-namespaces", "post-restore", "network-unlock", "pre-resume"})
  void taskIsKilledMeanwhile(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome =
          dumped.restore("--action-script", dumped.script(step, "kill -KILL $CRTOOLS_INIT_PID"));
      outcome.assertRefused("task " + dumped.running.root + " died while it was restored");
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** As container engines restore, by a client that forbids a step. */
  @ParameterizedTest
  @ValueSource(
      strings = {"pre-restore", "setup-namespaces", "post-setup-namespaces", "post-restore"})
  void clientForbidsIt(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = restoreFor("refuse", step, dumped);
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(1);
      assertThat(outcome.log()).contains("RPC client reported a failure of " + step);
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** Nobody hears that the restore was a success: then it is none, or a second one would follow. */
  @ParameterizedTest
  @CsvSource({
    "hang-up, pre-restore",
    "hang-up, setup-namespaces",
    "hang-up, post-setup-namespaces",
    "hang-up, post-restore",
    "hang-up, network-unlock",
    "hang-up, pre-resume",
    "hang-up, post-resume",
    "leave, pre-resume",
    "leave, post-resume",
    "garbage, pre-resume",
    "garbage, post-resume"
  })
  void clientGoesAway(String deed, String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = restoreFor(deed, step, dumped);
      assertThat(outcome.exitCode()).as("%s", outcome).isIn(1, 255);
      dumped.assertNothingLeft(deed + " at " + step);
      dumped.assertRestores();
    }
  }

  private static Engine.Outcome restoreFor(String deed, String step, Dumped dumped)
      throws IOException {
    Path request = dumped.running.directory.resolve("request");
    Path config = dumped.running.directory.resolve("config");
    Files.writeString(config, "pidfile " + dumped.pidfile + "\n");
    criu_opts.Builder opts =
        criu_opts
            .newBuilder()
            .setImagesDirFd(-1)
            .setImagesDir(dumped.running.images.toString())
            .setLogFile("restore.log")
            .setLogLevel(4)
            .setNotifyScripts(true)
            .setRstSibling(true)
            .setManageCgroups(true)
            .setManageCgroupsMode(criu_cg_mode.SOFT)
            .setConfigFile(config.toString());
    Files.write(
        request,
        criu_req.newBuilder().setType(criu_req_type.RESTORE).setOpts(opts).build().toByteArray());
    return Engine.TORPOR.runAfter(
        List.of(),
        List.of(Settings.program("swrk-client").toString(), step, deed, request.toString()),
        dumped.running.keeper,
        dumped.running.images,
        "restore.log",
        List.of());
  }
}
