// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A container that Testcontainers started, through Podman's Docker-compatible service, is
 * checkpointed and restored under its hands; to Testcontainers it is the same container, running.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnderTestcontainersIT {
  private Machine before;
  private PodmanStore store;
  private Process service;
  private Path socket;

  @BeforeAll
  void startService() throws IOException {
    before = Machine.now();
    store = new PodmanStore();
    String address = Objects.requireNonNull(System.getenv("DOCKER_HOST"), "DOCKER_HOST");
    socket = Path.of(address.substring("unix://".length()));
    service =
        new ProcessBuilder(
                store.directory.resolve("podman").toString(),
                "system",
                "service",
                "--time",
                "0",
                address)
            .redirectErrorStream(true)
            .redirectOutput(store.directory.resolve("service.log").toFile())
            .start();
    dev.torpor.tests.Wait.until("podman serves " + socket, () -> Files.exists(socket));
  }

  @AfterAll
  void stopService() throws Exception {
    service.destroy();
    service.waitFor();
    Files.deleteIfExists(socket);
    store.close();
    before.assertUnchanged();
  }

  @ParameterizedTest
  @EnumSource
  void containerStaysTheSameOne(Engine engine) throws Exception {
    store.use(engine);
    try (GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse("localhost/counter:latest"))) {
      container
          .withNetworkMode("none")
          .withImagePullPolicy(image -> false)
          .withCreateContainerCmdModifier(
              create ->
                  Objects.requireNonNull(create.getHostConfig())
                      .withCgroupParent(store.cgroupParent()))
          .waitingFor(Wait.forLogMessage("parent 5\n", 1))
          .start();
      String id = container.getContainerId();
      int lines = lineCount(container);

      store.podman("container", "checkpoint", id);
      assertThat(container.isRunning()).isFalse();
      store.podman("container", "restore", id);

      assertThat(container.isRunning()).isTrue();
      dev.torpor.tests.Wait.until("it counts on", () -> lineCount(container) > lines + 4);
      assertThat(Arrays.asList(container.getLogs().split("\n", -1)))
          .contains("parent 1", "parent 5", "parent 6", "parent 7")
          .doesNotHaveDuplicates();
      assertThat(container.execInContainer("echo", "hello").getStdout()).isEqualTo("hello\n");
    }
  }

  private static int lineCount(GenericContainer<?> container) {
    return (int) container.getLogs().lines().count();
  }
}
