// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Docker 20.10, which is told nothing of Torpor but where criu is, or a runtime. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DockerIT {
  private static final String NAME = "told";

  private final Docker docker = new Docker();

  @BeforeAll
  void start(@TempDir Path images) {
    Workload.makeImages(images);
    docker.start(images);
  }

  @AfterAll
  void stop() {
    docker.close();
  }

  @AfterEach
  void remove() {
    docker.tryDocker("rm", "--force", NAME);
    docker.host().write("/etc/criu/runc.conf", "");
  }

  @ParameterizedTest(name = "{0} to {1}")
  @CsvSource({"TORPOR,TORPOR", "CRIU,TORPOR", "TORPOR,CRIU"})
  void containersComeBackTwice(Engine dumper, Engine restorer) throws IOException {
    new Cell(docker, Workload.COUNTER, List.of("--memory=64m", "--pids-limit=50", "--read-only"))
        .comesBackTwice(() -> docker.host().use(dumper), () -> docker.host().use(restorer));
  }

  /** An init of Docker's before the program; a program that is not root. */
  @ParameterizedTest
  @CsvSource({"--init", "--user=1000"})
  void otherContainersComeBackTwice(String option) throws IOException {
    docker.host().use(Engine.TORPOR);
    new Cell(docker, Workload.COUNTER, List.of("--network=none", option)).comesBackTwice();
  }

  /** The runtime of examples/docker/daemon.json; what is found as criu is CRIU. */
  @ParameterizedTest
  @EnumSource
  void comesBackByTheRuntime(Workload workload) throws IOException {
    docker.host().use(Engine.CRIU);
    new Cell(docker, workload, List.of("--runtime=torpor", "--init", "-p", "8080:8000"))
        .comesBackTwice();
  }

  /** Docker has no flag for it: the file that runc names to its criu has. */
  @Test
  void connectionOverTheBridgeOutlastsACheckpoint() throws IOException {
    docker.host().use(Engine.TORPOR);
    docker.host().write("/etc/criu/runc.conf", "tcp-established\n");
    docker.start(NAME, List.of("-p", "8080:8000"), Workload.WEB);
    Wait.until("it answers", () -> Workload.WEB.count(docker, NAME) > 0);
    String address = docker.docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", NAME);
    try (WebClient client = new WebClient(docker.host(), address)) {
      assertThat(client.ask()).isEqualTo("hit 2");
      succeed(docker.tryCheckpoint(NAME, true));
      assertThat(client.ask()).isEqualTo("hit 3");
      succeed(docker.tryCheckpoint(NAME, false));
      succeed(docker.tryRestore(NAME));
      assertThat(client.ask()).isEqualTo("hit 4");
      String published = "http://127.0.0.1:8080/";
      assertThat(docker.host().ask("busybox", "wget", "-qO-", published)).isEqualTo("hit 5");
    }
  }

  /** Without that option the container must go on, and whoever asked must learn why. */
  @Test
  void reasonOfARefusalIsTold() throws IOException {
    docker.host().use(Engine.TORPOR);
    String reason = "give --tcp-established to carry it, or --tcp-close to have it closed";
    for (String runtime : List.of("torpor", "runc")) {
      docker.start(NAME, List.of("--runtime", runtime), Workload.WEB);
      Wait.until("it answers", () -> Workload.WEB.count(docker, NAME) > 0);
      String address = docker.docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", NAME);
      try (WebClient client = new WebClient(docker.host(), address)) {
        assertThat(client.ask()).isEqualTo("hit 2");
        String said = docker.tryCheckpoint(NAME, false).output();
        // runc says no more than where the log is, as a file of the host.
        Matcher log = Pattern.compile("path= (\\S+criu-dump.log)").matcher(said);
        assertThat(log.find()).as(said).isTrue();
        assertThat(runtime.equals("torpor") ? said : docker.host().ask("cat", log.group(1)))
            .contains(reason);
        assertThat(client.ask()).as("it goes on").isEqualTo("hit 3");
      }
      docker.remove(NAME);
    }
  }

  /** A restore that fails leaves no container of it; it comes back once the cause is gone. */
  @Test
  void reasonOfAFailedRestoreIsTold() throws IOException {
    docker.host().use(Engine.CRIU);
    List<String> options = List.of("--runtime=torpor", "--volume=/var/lib/of-test:/data");
    String hold = "exec 7>>/data/held; exec count";
    docker.start(NAME, options, Workload.COUNTER, "sh", "-c", hold);
    Wait.until("it counts", () -> Workload.COUNTER.count(docker, NAME) > 2);
    int counted = Workload.COUNTER.count(docker, NAME);
    succeed(docker.tryCheckpoint(NAME, false));
    docker.host().ask("mv", "/var/lib/of-test/held", "/var/lib/of-test/away");
    assertThat(docker.tryRestore(NAME).output()).contains("/data/held", "ENOENT");
    docker.host().ask("mv", "/var/lib/of-test/away", "/var/lib/of-test/held");
    succeed(docker.tryRestore(NAME));
    Wait.until("it goes on", () -> Workload.COUNTER.count(docker, NAME) > counted + 2);
  }

  /** Docker is not asked for it, and sees a container that has ended, or one that goes on. */
  @Test
  void isCheckpointedWithoutDocker() {
    docker.start(NAME, List.of("--hostname=shown"), Workload.COUNTER);
    Wait.until("it counts", () -> Workload.COUNTER.count(docker, NAME) > 2);
    docker.within(NAME, "sh", "-c", "echo text >/data/changed");
    String archive = docker.host().directory.resolve("archive.tar").toString();
    String torpor = "/opt/torpor/bin/torpor";
    docker
        .host()
        .ask(torpor, "container", "checkpoint", NAME, "--leave-running", "--export", archive);
    int counted = Workload.COUNTER.count(docker, NAME);
    Wait.until("it goes on", () -> Workload.COUNTER.count(docker, NAME) > counted);
    assertThat(docker.host().ask(torpor, "container", "inspect", archive))
        .contains("container     " + NAME, "engine        docker", Workload.COUNTER.image())
        .contains("host name     shown", "/bin/busybox", "data/changed");
    assertThat(docker.host().ask(torpor, "container", "list", "--json"))
        .contains("\"name\" : \"told\"", "\"engine\" : \"docker\"", "\"runtime\" : \"runc\"")
        .contains("\"pid\" : " + docker.pid(NAME));
  }

  private static void succeed(PodmanStore.Outcome outcome) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }
}
