// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import dev.torpor.image.proto.criu_resp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Verbs and options that are no matter of a kernel object, side by side with CRIU. */
class InterfacesIT {
  private static Subject subject() {
    return StatusFileSubject.compiled("threads", "2");
  }

  /** A service that has been started, and is ended with this. */
  private static final class Service implements AutoCloseable {
    private final Running running;
    private final Path socket;
    private final Path pidfile;

    Service(Engine engine, Running running) {
      this.running = running;
      socket = running.directory.resolve("socket");
      pidfile = running.directory.resolve("service.pid");
      engine
          .run(
              running.keeper,
              running.images,
              "service.log",
              List.of(
                  "service",
                  "--daemon",
                  "--address",
                  socket.toString(),
                  "--pidfile",
                  pidfile.toString(),
                  "-D",
                  running.images.toString(),
                  "-o",
                  "service.log"))
          .assertSucceeded();
    }

    /** CRIU writes it after its caller goes on. */
    private long pid() {
      Wait.until("the service says its number", () -> pidfile.toFile().length() > 0);
      try {
        return Long.parseLong(Files.readString(pidfile).trim());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    criu_resp ask(criu_req.Builder request) throws IOException {
      Path asked = running.directory.resolve("request");
      Path answer = running.directory.resolve("answer");
      Files.write(asked, request.build().toByteArray());
      String client = Settings.program("service-client").toString();
      Path output = running.directory.resolve("client");
      List<String> command =
          List.of(client, socket.toString(), asked.toString(), answer.toString());
      assertThat(running.keeper.run(running.directory, output, command))
          .as("%s", Files.readString(output))
          .isZero();
      return criu_resp.parseFrom(Files.readAllBytes(answer));
    }

    @Override
    public void close() {
      long pid = pid();
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
      running.keeper.awaitExit(pid);
    }
  }

  private static criu_req.Builder request(criu_req_type type, Running running, String log) {
    criu_opts.Builder opts =
        criu_opts
            .newBuilder()
            .setImagesDirFd(-1)
            .setImagesDir(running.images.toString())
            .setLogFile(log)
            .setLogLevel(4)
            .setNotifyScripts(true);
    return criu_req.newBuilder().setType(type).setOpts(opts);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aServiceDumpsAndRestoresTwice(Engine engine) throws IOException {
    try (Running running = new Running(subject());
        Service service = new Service(engine, running)) {
      assertThat(Files.getPosixFilePermissions(service.socket)).hasSize(2);
      for (int generation = 0; generation < 2; generation++) {
        criu_req.Builder dump = request(criu_req_type.DUMP, running, "dump.log");
        dump.getOptsBuilder().setPid((int) running.root);
        long before = running.progress();
        criu_resp dumped = service.ask(dump);
        assertThat(dumped.getSuccess()).as("%s", dumped).isTrue();
        running.keeper.awaitExit(running.root);
        criu_resp restored = service.ask(request(criu_req_type.RESTORE, running, "restore.log"));
        assertThat(restored.getSuccess()).as("%s", restored).isTrue();
        assertThat(restored.getRestore().getPid()).isEqualTo((int) running.root);
        running.awaitProgress(before, 3);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aServiceRefusesWhatIsForItsParent(Engine engine) throws IOException {
    try (Running running = new Running(subject());
        Service service = new Service(engine, running)) {
      criu_req.Builder restore = request(criu_req_type.RESTORE, running, "restore.log");
      restore.getOptsBuilder().setRstSibling(true);
      assertThat(service.ask(restore).getSuccess()).isFalse();
      assertThat(service.ask(criu_req.newBuilder().setType(criu_req_type.VERSION)).getVersion())
          .extracting("majorNumber_")
          .isEqualTo(4);
    }
  }

  /** Who asks for a dump of itself reads, when it goes on, that it was restored; and asks again. */
  @ParameterizedTest
  @CsvSource({"TORPOR, TORPOR", "TORPOR, CRIU", "CRIU, TORPOR", "CRIU, CRIU"})
  void aTaskDumpsItself(Engine dumper, Engine restorer) throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("self-dumper"));
        Service service = new Service(dumper, running)) {
      Path answer = running.directory.resolve("answer");
      criu_req.Builder request = request(criu_req_type.DUMP, running, "dump.log");
      request.getOptsBuilder().clearNotifyScripts();
      Files.write(running.directory.resolve("request"), request.build().toByteArray());
      for (int generation = 0; generation < 2; generation++) {
        long before = running.progress();
        Files.createFile(running.directory.resolve("go"));
        running.keeper.awaitExit(running.root);
        assertThat(answer).doesNotExist();
        restorer.restore(running.keeper, running.images).assertSucceeded();
        Wait.until("the task has its answer", () -> Files.exists(answer));
        criu_resp read = criu_resp.parseFrom(Files.readAllBytes(answer));
        assertThat(read.getType()).isEqualTo(criu_req_type.DUMP);
        assertThat(read.getSuccess()).isTrue();
        assertThat(read.getDump().getRestored()).isTrue();
        running.awaitProgress(before, 3);
        Files.delete(answer);
      }
      assertThat(service.pid()).isPositive();
    }
  }

  /** One that goes on reads that it was dumped, and not restored. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void aTaskThatDumpsItselfMayGoOn(Engine engine) throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("self-dumper"));
        Service service = new Service(engine, running)) {
      criu_req.Builder request = request(criu_req_type.DUMP, running, "dump.log");
      request.getOptsBuilder().setLeaveRunning(true).clearNotifyScripts();
      Files.write(running.directory.resolve("request"), request.build().toByteArray());
      Files.createFile(running.directory.resolve("go"));
      Path answer = running.directory.resolve("answer");
      Wait.until("the task has its answer", () -> Files.exists(answer));
      criu_resp read = criu_resp.parseFrom(Files.readAllBytes(answer));
      assertThat(read.getSuccess()).as("%s", read).isTrue();
      assertThat(read.getDump().getRestored()).isFalse();
      running.awaitProgress(running.progress(), 3);
      assertThat(service.pid()).isPositive();
    }
  }

  /** It could not answer while it is frozen; CRIU waits for that for ever. */
  @Test
  void aTaskThatDumpsItselfIsNotToldOfSteps() throws IOException {
    try (Running running = new Running(StatusFileSubject.compiled("self-dumper"));
        Service service = new Service(Engine.TORPOR, running)) {
      criu_req.Builder request = request(criu_req_type.DUMP, running, "dump.log");
      Files.write(running.directory.resolve("request"), request.build().toByteArray());
      Files.createFile(running.directory.resolve("go"));
      Path answer = running.directory.resolve("answer");
      Wait.until("the task has its answer", () -> Files.exists(answer));
      criu_resp read = criu_resp.parseFrom(Files.readAllBytes(answer));
      assertThat(read.getSuccess()).isFalse();
      assertThat(read.getCrErrmsg()).contains("notify_scripts");
      running.awaitProgress(running.progress(), 3);
      assertThat(service.pid()).isPositive();
    }
  }

  /** Debian's libcriu on this host, by its own loader and libraries. */
  private static List<String> libcriu(String how, Path path, String... action) {
    Path libraries =
        Settings.criu().getParent().resolveSibling("root/usr/lib/x86_64-linux-gnu").normalize();
    List<String> command = new ArrayList<>();
    command.add(libraries.resolve("ld-linux-x86-64.so.2").toString());
    command.addAll(List.of("--library-path", libraries.toString()));
    command.add(Settings.program("libcriu-client").toString());
    command.addAll(List.of(libraries.resolve("libcriu.so.2").toString(), how, path.toString()));
    command.addAll(List.of(action));
    return command;
  }

  private static String run(Running running, List<String> command) throws IOException {
    Path output = running.directory.resolve("libcriu.out");
    assertThat(running.keeper.run(running.directory, output, command)).isZero();
    return Files.readString(output);
  }

  /** As crun and others are; features are those that Torpor has, whatever the kernel can. */
  @Test
  void programsWithLibcriuAreServed() throws IOException {
    try (Running running = new Running(subject());
        Service service = new Service(Engine.TORPOR, running)) {
      String pid = Long.toString(running.root);
      String images = running.images.toString();
      for (boolean byService : new boolean[] {true, false}) {
        String how = byService ? "address" : "binary";
        Path path = byService ? service.socket : Settings.torpor();
        assertThat(run(running, libcriu(how, path, "ask")))
            .contains("version=40200\n", "check=0\n", "feature_check=0\n");
        long before = running.progress();
        assertThat(run(running, libcriu(how, path, "dump", pid, images))).endsWith("0\n");
        running.keeper.awaitExit(running.root);
        assertThat(run(running, libcriu(how, path, "restore", images))).endsWith(pid + "\n");
        running.awaitProgress(before, 3);
      }
    }
  }

  /** By a criu that is its own child. CRIU cannot restore what its loader was started for. */
  @Test
  void aTaskDumpsItselfByLibcriu() throws IOException {
    List<String> command = libcriu("binary", Settings.torpor(), "self", "DIR");
    Subject subject = new StatusFileSubject("libcriu-client", command, false, true);
    try (Running running = new Running(subject)) {
      Path answer = running.directory.resolve("answer");
      for (int generation = 0; generation < 2; generation++) {
        Files.createFile(running.directory.resolve("go"));
        running.keeper.awaitExit(running.root);
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        Wait.until("the task has its answer", () -> Files.exists(answer));
        assertThat(answer).hasContent("1\n");
        Files.delete(answer);
        running.awaitProgress(running.progress(), 3);
      }
    }
  }

  /** Whoever waits for a service at the other end of a pipe sees a NUL, and its end. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void aServiceSaysWhenItIsReady(Engine engine) throws IOException {
    try (Running running = new Running(subject())) {
      Path said = running.directory.resolve("said");
      Path pidfile = running.directory.resolve("service.pid");
      String script =
          "cd $1; { $2 service -d --address socket --pidfile service.pid --status-fd 9 9>&1 >log 2>&1"
              + " </dev/null; } | cat >said";
      List<String> command =
          List.of(
              "/bin/sh",
              "-c",
              script,
              "sh",
              running.directory.toString(),
              engine.binary().toString());
      running.keeper.run(running.directory, running.directory.resolve("shell"), command);
      assertThat(Files.readAllBytes(said)).containsExactly(0);
      long pid = Long.parseLong(Files.readString(pidfile).trim());
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
      running.keeper.awaitExit(pid);
    }
  }

  /** In the work directory, as the process that the caller knows: the parent of the tree. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void aRestoreBecomesTheCommand(Engine engine) throws IOException {
    try (Running running = new Running(subject())) {
      engine.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.keeper.awaitExit(running.root);
      String script =
          "read pid name state parent rest </proc/"
              + running.root
              + "/stat; [ $parent = $$ ] && pwd -P >seen; exit 3";
      Engine.Outcome outcome =
          engine.run(
              running.keeper,
              running.images,
              "restore.log",
              List.of(
                  "restore",
                  "-D",
                  running.images.toString(),
                  "-o",
                  "restore.log",
                  "--exec-cmd",
                  "--",
                  "/bin/sh",
                  "-c",
                  script));
      assertThat(outcome.exitCode()).as("%s", outcome).isEqualTo(3);
      assertThat(running.images.resolve("seen")).hasContent(running.images.toRealPath() + "\n");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** The reader of a pipe that the caller has left open sees its end while the restore waits. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void aDescriptorIsClosedAtOnce(Engine engine) throws IOException {
    try (Running running = new Running(subject())) {
      engine.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.keeper.awaitExit(running.root);
      String script =
          "cd $1; { $2 restore -D . -o restore.log --close 9 9>&1 >log 2>&1 </dev/null & } | cat"
              + " >said; echo end >>said; [ -d /proc/$3 ] || wait";
      List<String> command =
          List.of(
              "/bin/sh",
              "-c",
              script,
              "sh",
              running.images.toString(),
              engine.binary().toString(),
              Long.toString(running.root));
      running.keeper.run(running.images, running.directory.resolve("shell"), command);
      assertThat(running.images.resolve("said")).hasContent("end\n");
      Wait.until("the tree is back", () -> Files.exists(Path.of("/proc/" + running.root)));
      running.awaitReport();
    }
  }

  /** Byte for byte, and each takes the other's. */
  @Test
  void processorsAreWrittenDownAsByCriu() throws IOException {
    try (Running running = new Running(subject())) {
      Path criu = Files.createDirectory(running.directory.resolve("criu"));
      Path torpor = Files.createDirectory(running.directory.resolve("torpor"));
      assertThat(cpuinfo(Engine.CRIU, running, "dump", criu)).isZero();
      assertThat(cpuinfo(Engine.TORPOR, running, "dump", torpor)).isZero();
      assertThat(torpor.resolve("cpuinfo.img")).hasSameBinaryContentAs(criu.resolve("cpuinfo.img"));
      assertThat(cpuinfo(Engine.CRIU, running, "check", torpor)).isZero();
      assertThat(cpuinfo(Engine.TORPOR, running, "check", criu)).isZero();
      assertThat(cpuinfo(Engine.TORPOR, running, "check", running.directory)).isEqualTo(1);
    }
  }

  private static int cpuinfo(Engine engine, Running running, String action, Path images) {
    return engine
        .run(
            running.keeper,
            images,
            "l",
            List.of("cpuinfo", action, "-D", images.toString(), "-o", "l", "--cpu-cap"))
        .exitCode();
  }

  /** What one writes down of the processor, the other compares when it restores. */
  @ParameterizedTest
  @EnumSource(Engine.class)
  void processorsAreComparedByARestore(Engine dumper) throws IOException {
    Engine restorer = dumper == Engine.CRIU ? Engine.TORPOR : Engine.CRIU;
    try (Running running = new Running(subject())) {
      dumper.dump(running.keeper, running.root, running.images, "--cpu-cap").assertSucceeded();
      running.keeper.awaitExit(running.root);
      Path image = running.images.resolve("cpuinfo.img");
      byte[] bytes = Files.readAllBytes(image);
      Files.delete(image);
      assertThat(restorer.restore(running.keeper, running.images, "--cpu-cap=ins").exitCode())
          .isEqualTo(1);
      Files.write(image, bytes);
      restorer.restore(running.keeper, running.images, "--cpu-cap=all").assertSucceeded();
      running.awaitProgress(running.progress(), 3);
    }
  }
}
