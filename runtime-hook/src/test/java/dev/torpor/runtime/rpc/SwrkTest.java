// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.torpor.cgroup.ManageCgroupsMode;
import dev.torpor.image.proto.criu_cg_mode;
import dev.torpor.image.proto.criu_features;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import dev.torpor.image.proto.criu_resp;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.engine.Job;
import dev.torpor.runtime.engine.StubEngine;
import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.OptionSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations as CRIU 4.2 has them, over a real socket pair. */
class SwrkTest {
  private static final int EBADRQC = 56;

  @TempDir Path directory;
  private final StubEngine engine = new StubEngine();
  private RuncClient client;
  private CompletableFuture<Integer> exit;
  private int directoryFd;

  @BeforeEach
  void start() {
    client = new RuncClient();
    directoryFd = Fcntl.open(directory.toString(), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    exit = CompletableFuture.supplyAsync(swrk(client)::serve);
  }

  private Swrk swrk(RuncClient of) {
    OptionSources sources = new OptionSources(directory.resolve("etc"), Map.of());
    KernelCheck kernelCheck = new KernelCheck();
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new Swrk(of.serverFd(), engine, sources, kernelCheck, err);
  }

  @AfterEach
  void end() {
    client.hangUp();
    exit.join();
    client.close();
    Unistd.close(directoryFd);
  }

  private int exit() throws Exception {
    return exit.get(20, TimeUnit.SECONDS);
  }

  private static criu_req.Builder request(criu_req_type type) {
    return criu_req.newBuilder().setType(type);
  }

  private criu_opts.Builder opts() {
    return criu_opts
        .newBuilder()
        .setImagesDirFd(directoryFd)
        .setLogLevel(4)
        .setLogFile("dump.log")
        .setNotifyScripts(true)
        .setPid(42);
  }

  private criu_resp dump(criu_opts.Builder opts) throws IOException {
    return client.call(request(criu_req_type.DUMP).setOpts(opts).build());
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("dump.log"));
  }

  @Test
  void versionAsEveryEngineAsks() throws Exception {
    criu_opts empty = criu_opts.newBuilder().setImagesDirFd(-1).build();
    criu_resp answer = client.call(request(criu_req_type.VERSION).setOpts(empty).build());
    assertThat(answer.getType()).isEqualTo(criu_req_type.VERSION);
    assertThat(answer.getSuccess()).isTrue();
    assertThat(answer.getVersion().getMajorNumber()).isEqualTo(4);
    assertThat(answer.getVersion().getMinorNumber()).isEqualTo(2);
    assertThat(answer.getVersion().hasGitid()).isFalse();
    assertThat(answer.getVersion().hasSublevel()).isFalse();
    assertThat(exit()).isZero();
  }

  @Test
  void severalQuestionsOnOneConnection() throws Exception {
    criu_req.Builder version = request(criu_req_type.VERSION).setKeepOpen(true);
    assertThat(client.call(version.build()).getSuccess()).isTrue();
    criu_features wanted = criu_features.newBuilder().setMemTrack(true).setLazyPages(true).build();
    criu_resp features =
        client.call(
            request(criu_req_type.FEATURE_CHECK).setFeatures(wanted).setKeepOpen(true).build());
    assertThat(features.getSuccess()).isTrue();
    assertThat(features.getFeatures().hasMemTrack()).isTrue();
    assertThat(features.getFeatures().getMemTrack()).isFalse();
    client.hangUp();
    assertThat(exit()).isEqualTo(255);
  }

  @ParameterizedTest
  @EnumSource(
      value = criu_req_type.class,
      names = {"DUMP", "RESTORE", "CHECK", "PRE_DUMP", "WAIT_PID"})
  void keepOpenWhereCriuHasNone(criu_req_type type) throws Exception {
    client.send(request(type).setKeepOpen(true).build());
    assertThat(exit()).isEqualTo(255);
    assertThat(engine.jobs).isEmpty();
  }

  @Test
  void aDumpAsRuncOneOneAsksForIt() throws Exception {
    criu_resp answer = dump(Recorded.runcDump(opts(), directoryFd));
    assertThat(answer.getType()).isEqualTo(criu_req_type.DUMP);
    assertThat(answer.getSuccess()).isTrue();
    assertThat(answer.getDump().getRestored()).isFalse();
    assertThat(client.notified).containsExactly("pre-dump", "network-lock", "post-dump");
    assertThat(exit()).isZero();
    assertThat(log()).contains("Version: 4.2 (gitid 0)");
    assertThat(directory.resolve("stats-dump")).exists();
    Recorded.verifyRuncDump(engine.jobs.get(0).options());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRestoreAsRuncAsksForIt(boolean newer) throws Exception {
    criu_opts.Builder opts = Recorded.runcRestore(opts().clearPid(), directoryFd, newer);
    criu_resp answer = client.call(request(criu_req_type.RESTORE).setOpts(opts).build());
    assertThat(answer.getType()).isEqualTo(criu_req_type.RESTORE);
    assertThat(answer.getSuccess()).isTrue();
    assertThat(answer.getRestore().getPid()).isEqualTo(StubEngine.ROOT_PID);
    assertThat(client.notified)
        .containsExactly(
            "pre-restore",
            "setup-namespaces 4242",
            "post-setup-namespaces",
            "post-restore 4242",
            "network-unlock",
            "pre-resume",
            "post-resume");
    assertThat(exit()).isZero();
    Recorded.verifyRuncRestore(engine.jobs.get(0).options());
  }

  @Test
  void crunPodmanAndRuncOneThreeAreTaken() throws Exception {
    assertThat(dump(Recorded.crunDump(opts(), directoryFd)).getSuccess()).isTrue();
    // crun's dump registers no callback.
    assertThat(client.notified).isEmpty();
    assertThat(exit()).isZero();
  }

  @Test
  void runcOneThreeDumps() throws Exception {
    assertThat(dump(Recorded.runc13Dump(opts(), directoryFd)).getSuccess()).isTrue();
    assertThat(exit()).isZero();
  }

  @Test
  void aRefusalAtAStepFailsTheRestore() throws Exception {
    client.failAt = "setup-namespaces";
    criu_opts.Builder opts = Recorded.runcRestore(opts(), directoryFd, false);
    criu_resp answer = client.call(request(criu_req_type.RESTORE).setOpts(opts).build());
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getRestore().getPid()).isEqualTo(-1);
    assertThat(exit()).isEqualTo(1);
  }

  /** The launcher ends the tree at any status but 0: its caller does not know that it runs. */
  @Test
  void aRestoreWhoseAnswerNobodyHearsHasFailed() throws Exception {
    client.leaveAt = "post-resume";
    criu_opts.Builder opts = Recorded.runcRestore(opts(), directoryFd, false);
    assertThat(client.call(request(criu_req_type.RESTORE).setOpts(opts).build())).isNull();
    assertThat(exit()).isEqualTo(1);
  }

  @Test
  void aRefusalAfterTheDumpLetsTheTasksLive() throws Exception {
    client.failAt = "post-dump";
    criu_resp answer = dump(opts());
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrmsg()).contains("post-dump");
    assertThat(exit()).isEqualTo(1);
    assertThat(directory.resolve("stats-dump")).doesNotExist();
  }

  @Test
  void aFailureIsAnswered() throws Exception {
    engine.failure = "task 42: no such process";
    criu_resp answer = dump(opts());
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrno()).isEqualTo(3);
    assertThat(answer.getCrErrmsg()).isEqualTo("task 42: no such process");
    assertThat(log()).contains("Error (").contains("task 42: no such process");
    assertThat(exit()).isEqualTo(1);
  }

  @Test
  void aLongMessageIsCutForGoCriusBuffer() throws Exception {
    engine.failure = "x".repeat(100_000);
    assertThat(dump(opts()).getCrErrmsg()).hasSize(1024);
  }

  @Test
  void anUnsupportedFieldIsRefusedByName() throws Exception {
    criu_resp answer = dump(opts().setLazyPages(true));
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrno()).isEqualTo(EBADRQC);
    assertThat(answer.getCrErrmsg()).contains("RPC field lazy_pages").contains("--lazy-pages");
    assertThat(log()).contains("Error (").contains("lazy_pages");
    assertThat(engine.jobs).isEmpty();
    assertThat(exit()).isEqualTo(1);
  }

  @Test
  void anUnknownFieldIsRefusedByNumber() throws Exception {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(72, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    criu_resp answer = dump(opts().setUnknownFields(unknown));
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrno()).isEqualTo(EBADRQC);
    assertThat(answer.getCrErrmsg()).contains("criu_opts: field 72");
    assertThat(engine.jobs).isEmpty();
  }

  @Test
  void anotherEmptyNamespaceThanNetIsRefused() throws Exception {
    criu_resp answer = dump(opts().setEmptyNs(0x04000000));
    assertThat(answer.getCrErrno()).isEqualTo(EBADRQC);
    assertThat(answer.getCrErrmsg()).contains("empty_ns");
  }

  @Test
  void aLogFileStaysInTheWorkDirectory() throws Exception {
    criu_resp answer = dump(opts().setLogFile("../x.log"));
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrmsg()).contains("log_file");
  }

  @Test
  void withoutImagesDirectoryThereIsNothingToDo() throws Exception {
    criu_resp answer = dump(opts().setImagesDirFd(-1));
    assertThat(answer.getCrErrmsg()).contains("images_dir_fd");
    assertThat(exit()).isEqualTo(1);
  }

  @Test
  void theWorkDirectoryTakesTheByproducts() throws Exception {
    Path work = Files.createDirectory(directory.resolve("work"));
    int fd = Fcntl.open(work.toString(), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    assertThat(dump(opts().setWorkDirFd(fd)).getSuccess()).isTrue();
    Unistd.close(fd);
    assertThat(work.resolve("dump.log")).exists();
    assertThat(work.resolve("stats-dump")).exists();
  }

  /** As CRIU; a mode that is given counts more than the older switch. */
  @ParameterizedTest
  @CsvSource({
    ", , SOFT",
    "true, , SOFT",
    "false, , IGNORE",
    ", DEFAULT, SOFT",
    "true, IGNORE, IGNORE"
  })
  void cgroupsAreManagedUnlessToldOtherwise(
      Boolean manage, criu_cg_mode mode, ManageCgroupsMode expected) throws Exception {
    criu_opts.Builder opts = opts();
    if (manage != null) {
      opts.setManageCgroups(manage);
    }
    if (mode != null) {
      opts.setManageCgroupsMode(mode);
    }
    assertThat(dump(opts).getSuccess()).isTrue();
    assertThat(exit()).isZero();
    assertThat(engine.jobs.get(0).options().manageCgroups()).isEqualTo(expected);
  }

  @Test
  void theConfigFileBeatsTheRequest() throws Exception {
    Path work = Files.createDirectory(directory.resolve("work"));
    Path config = directory.resolve("runc.conf");
    Files.writeString(
        config, "log-file x.log\nwork-dir " + work + "\nmanage-cgroups=ignore\ntcp-close\n");
    criu_opts.Builder opts = opts().setConfigFile(config.toString()).setManageCgroups(true);
    assertThat(dump(opts).getSuccess()).isTrue();
    assertThat(exit()).isZero();
    Job job = engine.jobs.get(0);
    assertThat(job.options().manageCgroups()).isEqualTo(ManageCgroupsMode.IGNORE);
    assertThat(Files.readString(work.resolve("x.log")))
        .contains("Overwriting RPC settings with values from " + config);
  }

  @Test
  void aMissingConfigFileIsNoMatter() throws Exception {
    assertThat(dump(opts().setConfigFile("/etc/criu/none.conf")).getSuccess()).isTrue();
  }

  @Test
  void aBadConfigFileIsNamed() throws Exception {
    Path config = directory.resolve("runc.conf");
    Files.writeString(config, "no-such-option\n");
    criu_resp answer = dump(opts().setConfigFile(config.toString()));
    assertThat(answer.getCrErrmsg()).contains("runc.conf line 1").contains("no-such-option");
    assertThat(log()).contains("Error (");
  }

  @ParameterizedTest
  @EnumSource(
      value = criu_req_type.class,
      names = {"PRE_DUMP", "SINGLE_PRE_DUMP", "PAGE_SERVER"})
  void whatIsNotThereYetSaysSo(criu_req_type type) throws Exception {
    criu_resp answer = client.call(request(type).setOpts(opts()).build());
    assertThat(answer.getType()).isEqualTo(type);
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrmsg()).contains("not supported yet");
  }

  @Test
  void theProcessorIsWrittenDownAndCompared() throws Exception {
    criu_opts all = opts().setCpuCap(7).build();
    client.send(request(criu_req_type.CPUINFO_CHECK).setOpts(all).setKeepOpen(true).build());
    criu_resp without = client.receive();
    assertThat(without.getType()).isEqualTo(criu_req_type.CPUINFO_CHECK);
    assertThat(without.getSuccess()).isFalse();
    assertThat(without.getCrErrmsg()).contains("cpuinfo.img");
    client.send(request(criu_req_type.CPUINFO_DUMP).setOpts(all).setKeepOpen(true).build());
    assertThat(client.receive().getSuccess()).isTrue();
    assertThat(directory.resolve("cpuinfo.img")).exists();
    client.send(request(criu_req_type.CPUINFO_CHECK).setOpts(all).build());
    assertThat(client.receive().getSuccess()).isTrue();
    assertThat(exit()).isZero();
  }

  @Test
  void aServiceHasNoDescriptorsOfItsClients() throws Exception {
    criu_opts.Builder opts = opts().setRstSibling(true);
    try (RuncClient ofService = new RuncClient()) {
      ofService.send(request(criu_req_type.RESTORE).setOpts(opts).build());
      assertThat(swrk(ofService).serveConnection()).isEqualTo(1);
      assertThat(ofService.receive().getCrErrmsg()).contains("rst_sibling is not for a service");
    }
    assertThat(engine.jobs).isEmpty();
  }

  @Test
  void whoIsNoChildIsNotWaitedFor() throws Exception {
    criu_resp answer = client.call(request(criu_req_type.WAIT_PID).setPid(1).build());
    assertThat(answer.getType()).isEqualTo(criu_req_type.WAIT_PID);
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrno()).isEqualTo(10);
  }

  @Test
  void theCommandIsBecomeWhenTheTreeRuns() throws Exception {
    criu_opts.Builder opts = opts().addExecCmd("/bin/echo").addExecCmd("a b");
    assertThat(client.call(request(criu_req_type.RESTORE).setOpts(opts).build()).getSuccess())
        .isTrue();
    assertThat(exit()).isZero();
    assertThat(engine.command).containsExactly("/bin/echo", "a b");
  }

  @Test
  void aPreDumpThatIsRefusedLeavesALog() throws Exception {
    criu_resp answer = client.call(request(criu_req_type.PRE_DUMP).setOpts(opts()).build());
    assertThat(log()).contains("Error (").contains(answer.getCrErrmsg());
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws Exception {
    ByteString name = ByteString.copyFrom(new byte[] {'/', (byte) 0xe9});
    criu_resp answer = dump(opts().setRootBytes(name));
    assertThat(answer.getSuccess()).isFalse();
    assertThat(answer.getCrErrmsg()).contains("root is not UTF-8");
  }

  @Test
  void whatIsNoRequestIsAnsweredWithEmpty() throws Exception {
    client.send(new byte[] {0x08, 0x63});
    criu_resp answer = client.receive();
    assertThat(answer.getType()).isEqualTo(criu_req_type.EMPTY);
    assertThat(answer.getSuccess()).isFalse();
    assertThat(exit()).isEqualTo(255);
  }

  @Test
  void bytesThatAreNoMessageEndTheConnection() throws Exception {
    client.send(new byte[] {0x08});
    assertThat(exit()).isEqualTo(255);
  }

  @Test
  void aClientThatGoesAwayEndsTheService() throws Exception {
    client.hangUp();
    assertThat(exit()).isEqualTo(255);
  }
}
