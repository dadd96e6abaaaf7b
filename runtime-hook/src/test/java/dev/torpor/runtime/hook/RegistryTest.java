// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.oci.ContainerState;
import dev.torpor.oci.OciException;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryTest {
  private static final String PODMAN = "\"annotations\": {\"io.container.manager\": \"libpod\"}";
  private static final String CRI =
      "\"annotations\": {\"io.kubernetes.cri.container-name\": \"web\"}";

  @TempDir Path directory;
  private Path containers;
  private Registry registry;

  @BeforeEach
  void makeRegistry() throws IOException {
    containers = Files.createDirectories(directory.resolve("containers"));
    registry = new Registry(containers, new ProcFs(directory.resolve("proc")));
  }

  @Test
  void nothingIsThereBeforeTheFirstHook() throws IOException {
    assertThat(new Registry(directory.resolve("none"), new ProcFs(Path.of("/proc"))).live())
        .isEmpty();
  }

  @Test
  void engineNameAndRuntimeAreWhatTheHookSaw() throws IOException {
    process(7, 'S', 700);
    process(8, 'S', 800);
    process(9, 'S', 900);
    entry("a.7.700", "creating", 7, PODMAN, "/usr/bin/runc create", "/usr/bin/conmon -b /b -n db");
    entry("b.1.8.800", "stopped", 8, CRI, "crun", "/bin/containerd-shim-runc-v2 -namespace k8s.io");
    entry("c.9.900", "created", 9, "\"x\": 1", "crun create", "containerd-shim -namespace moby");
    assertThat(registry.live())
        .containsExactly(
            new LiveContainer("a", "db", "podman", "runc", "/b/a", 7, 700, false),
            new LiveContainer("b.1", "web", "containerd", "crun", "/b/b.1", 8, 800, true),
            new LiveContainer("c", null, "docker", "crun", "/b/c", 9, 900, false));
  }

  /** Ended; ended and not reaped; ended and its pid another's by now; still being written. */
  @Test
  void onlyTheLivingAreShown() throws IOException {
    process(8, 'Z', 800);
    process(9, 'S', 901);
    process(10, 'S', 1000);
    entry("a.7.700", "creating", 7, PODMAN, "runc", "conmon");
    entry("b.8.800", "creating", 8, PODMAN, "runc", "conmon");
    entry("c.9.900", "creating", 9, PODMAN, "runc", "conmon");
    Files.createDirectory(containers.resolve(".new.10.1000"));
    assertThat(registry.live()).isEmpty();
  }

  @Test
  void whatIsAddedIsReadAgain() throws IOException {
    process((int) ProcessHandle.current().pid(), 'S', 600);
    process(7, 'S', 700);
    assertThat(registry.knows(7)).isFalse();
    ContainerState state =
        new ContainerState("1.0.2", "a", "stopped", 7, "/b", Map.of("k", "v"), Map.of());
    registry.add(state, List.of("/usr/bin/crun", "", "ä"), List.of("conmon", "-n", "db"));
    assertThat(registry.knows(7)).isTrue();
    assertThat(registry.live())
        .containsExactly(new LiveContainer("a", "db", "conmon", "crun", "/b", 7, 700, true));
    assertThat(containers.toFile().list()).containsExactly("a.7.700");
  }

  @Test
  void damagedEntryIsNamed() throws IOException {
    process(7, 'S', 700);
    entry("a.7.700", "creating", 7, PODMAN, "runc", "conmon");
    Files.writeString(containers.resolve("a.7.700/state"), "{\"id\": \"a\"");
    assertThatThrownBy(() -> registry.live())
        .isInstanceOf(OciException.class)
        .hasMessageContaining("a.7.700/state");
  }

  @Test
  void jsonHasAllOfIt() throws IOException {
    process(7, 'S', 700);
    entry("a.7.700", "creating", 7, "\"x\": 1", "runc", "conmon");
    assertThat(ContainerList.json(registry.live()).replaceAll("\\s", ""))
        .isEqualTo(
            "[{\"id\":\"a\",\"name\":null,\"engine\":\"conmon\",\"runtime\":\"runc\",\"bundle\":"
                + "\"/b/a\",\"pid\":7,\"startTimeTicks\":700,\"restored\":false}]");
  }

  private void process(int pid, char state, long start) throws IOException {
    Path task = directory.resolve("proc/" + pid + "/task/" + pid);
    Files.createDirectories(task);
    String before = " 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ";
    Files.writeString(task.resolve("stat"), pid + " (a ) b) " + state + before + start + " 0 0\n");
  }

  private void entry(
      String name, String status, int pid, String more, String runtime, String monitor)
      throws IOException {
    Path entry = Files.createDirectory(containers.resolve(name));
    String id = name.substring(0, name.lastIndexOf('.', name.lastIndexOf('.') - 1));
    Files.writeString(
        entry.resolve("state"),
        "{\"id\": \"%s\", \"status\": \"%s\", \"pid\": %d, \"bundle\": \"/b/%s\", %s}"
            .formatted(id, status, pid, id, more));
    Files.writeString(entry.resolve("runtime"), runtime.replace(' ', '\0') + '\0');
    Files.writeString(entry.resolve("monitor"), monitor.replace(' ', '\0') + '\0');
  }
}
