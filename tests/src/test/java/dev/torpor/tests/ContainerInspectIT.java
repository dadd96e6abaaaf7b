// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives that an unmodified Podman exports, with either engine, are looked into. */
class ContainerInspectIT extends PodmanContainers {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** As Podman's default compresses, and as gzip does. */
  @ParameterizedTest
  @EnumSource
  void redisIsLookedInto(Engine engine) throws IOException {
    store.use(engine);
    startRedis();
    Path first = store.directory.resolve("first.tar.zst");
    Path second = store.directory.resolve("second.tar.gz");
    checkpoint(first, "zstd");
    store.podman("exec", "redis", "sh", "-c", "echo new >/data/changed");
    checkpoint(second, "gzip");

    JsonNode report = json("inspect", first.toString(), "--json");
    assertContainer(report);
    assertTask(report.get("tasks").get(0));
    assertThat(report.get("connections").findValuesAsText("local"))
        .anyMatch(name -> name.contains("/data/redis.sock"));
    assertThat(paths(report)).noneMatch(path -> path.endsWith("data/changed"));

    String diff = torpor("diff", first.toString(), second.toString());
    assertThat(diff).contains("data/changed (4 bytes)");
    assertMemory(first);
    assertPage(second);
    JsonNode list = json("list", store.path(), "--json");
    assertThat(list.findValuesAsText("name")).containsExactly("redis", "redis");
    assertThat(Path.of("/tmp").toFile().list((in, name) -> name.startsWith("torpor-unpacked")))
        .isEmpty();
    Files.delete(first);
    Files.delete(second);
  }

  private void startRedis() throws IOException {
    store.podman(
        "run",
        "--detach",
        "--name=redis",
        "--network=none",
        "--env=COLOUR=blue",
        "--memory=64m",
        "--cgroup-parent=" + store.cgroupParent(),
        "localhost/redis",
        "redis-server",
        "--port",
        "46379",
        "--save",
        "",
        "--unixsocket",
        "/data/redis.sock");
    Path socket = Path.of("/proc/" + store.pidOf("redis") + "/root/data/redis.sock");
    Wait.until("redis listens", () -> Files.exists(socket));
    try (RedisClient client = new RedisClient(UnixDomainSocketAddress.of(socket))) {
      client.call("SET", "torpor", "found-" + "in-memory");
    }
  }

  private void checkpoint(Path archive, String compression) {
    store.podman(
        "container",
        "checkpoint",
        "--leave-running",
        "--compress=" + compression,
        "--export=" + archive,
        "redis");
  }

  private static void assertContainer(JsonNode report) {
    JsonNode container = report.get("container");
    assertThat(container.get("engine").asText()).isEqualTo("Podman");
    assertThat(container.get("name").asText()).isEqualTo("redis");
    assertThat(container.get("image").asText()).isEqualTo("localhost/redis:latest");
    assertThat(container.get("created").asText()).startsWith("20");
    assertThat(report.get("checkpoint").get("written").asText()).startsWith("20");
    assertThat(container.get("limits").get("memory").get("limit").asLong()).isEqualTo(64 << 20);
    assertThat(report.get("checkpoint").get("statistics").get("pages_written").asLong())
        .isPositive();
    // The task's own is gone: redis writes its title over it.
    assertThat(container.get("environment").toString()).contains("\"COLOUR=blue\"");
    assertThat(report.get("mounts").findValuesAsText("mountPoint")).contains("/", "/proc");
    assertThat(report.get("notes")).isEmpty();
  }

  private static void assertTask(JsonNode task) {
    assertThat(task.get("pid").asInt()).isEqualTo(1);
    assertThat(task.get("command").get(0).asText()).startsWith("redis-server");
    assertThat(task.get("executable").asText()).endsWith("/redis-server");
    assertThat(task.get("threads").size()).isGreaterThan(2);
    assertThat(task.get("threads").get(0).get("registers").get("ip").asText()).startsWith("0x");
    assertThat(task.get("credentials").get("effective").toString())
        .contains("\"chown\"")
        .doesNotContain("sys_admin");
    assertThat(task.get("seccomp").get("mode").asText()).isEqualTo("filter");
  }

  private static List<String> paths(JsonNode report) {
    return report.get("rootFileSystem").get("changed").findValuesAsText("path");
  }

  private static void assertMemory(Path archive) throws IOException {
    assertThat(torpor("memory", archive.toString(), "--pid=1", "--search", "found-in-memory"))
        .contains("found-in-memory");
    JsonNode found = json("memory", archive.toString(), "--regex=found-[i]n-m.{5}", "--json");
    assertThat(found.get(0).get("pid").asInt()).isEqualTo(1);
    assertThat(found.get(0).get("match").get("text").asText()).isEqualTo("found-in-memory");
    assertThat(torpor("memory", archive.toString(), "--search", "found-" + "in-no-memory"))
        .isEmpty();
    assertThat(torpor("memory", archive.toString())).contains("redis-server");
  }

  private void assertPage(Path archive) throws IOException {
    Path page = store.directory.resolve("page.html");
    assertThat(torpor("inspect", archive.toString(), "--html", page.toString())).isEmpty();
    assertThat(page).content().contains("redis-server", "data/changed", "COLOUR=blue");
    assertThat(page).content().doesNotContain("http:", "https:", " src=");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(page)))
        .as("what is in memory is for the owner alone")
        .isEqualTo("rw-------");
  }

  private static JsonNode json(String... arguments) throws IOException {
    return JSON.readTree(torpor(arguments));
  }

  /** Runs {@code torpor container}, which must succeed. */
  private static String torpor(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(Settings.torpor().toString(), "container"));
    command.addAll(List.of(arguments));
    File errors = File.createTempFile("torpor", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectError(errors)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      assertThat(process.waitFor())
          .as("%s: %s", command, Files.readString(errors.toPath()))
          .isZero();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    assertThat(errors.delete()).isTrue();
    return output;
  }
}
