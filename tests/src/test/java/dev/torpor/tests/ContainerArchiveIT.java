// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Containers of a runtime without an engine go into archives, and come back from them. */
class ContainerArchiveIT {
  /** Of runc, and of a crun that was built without CRIU. */
  @ParameterizedTest
  @EnumSource(
      value = OciRuntime.class,
      names = {"TORPOR_OVER_RUNC", "TORPOR_OVER_CRUN"})
  void comesBackFromArchivesTwice(OciRuntime runtime) throws IOException {
    try (Bundle bundle = bundle(runtime)) {
      bundle.run();
      Path archive = bundle.file("c.tar");
      for (String compression : List.of("none", "zstd")) {
        bundle.checkpointTo(
            archive, "--compress=" + compression, "--manage-cgroups-mode=" + cgroups(runtime));
        assertThat(bundle.ask("list", "--quiet").trim()).isEmpty();
        bundle.restoreFrom(archive);
        assertThat(bundle.state().get("status").asText()).isEqualTo("running");
        assertThat(bundle.within("cat", "/proc/1/comm")).isNotBlank();
      }
      bundle.command("pause");
      bundle.command("resume");
      assertNothingLeft(bundle);
    }
  }

  /** Hierarchies that crun does not see would be in the images. */
  private static String cgroups(OciRuntime runtime) {
    return runtime == OciRuntime.TORPOR_OVER_CRUN ? "ignore" : "soft";
  }

  /** The beginning of an id will do. */
  @Test
  void goesOnWithLeaveRunning() throws IOException {
    try (Bundle bundle = bundle(OciRuntime.TORPOR_OVER_RUNC)) {
      bundle.run();
      long pid = bundle.pid();
      Path archive = bundle.file("c.tar.gz");
      String beginning = bundle.id().substring(0, bundle.id().length() - 1);
      bundle
          .container("checkpoint", beginning, "-e", archive.toString(), "-R", "--compress=gzip")
          .assertSucceeded();
      assertThat(bundle.pid()).isEqualTo(pid);
      assertThat(bundle.state().get("status").asText()).isEqualTo("running");
      assertNothingLeft(bundle);
    }
  }

  @Test
  void whatCannotBeIsRefusedByName() throws IOException {
    try (Bundle bundle = bundle(OciRuntime.TORPOR_OVER_RUNC)) {
      bundle.run();
      Path archive = bundle.file("c.tar");
      String export = "--export=" + archive;
      bundle.container("checkpoint", "no-such", export).assertRefused("no-such", "--root");
      bundle.container("checkpoint", bundle.id()).assertRefused("--export");
      bundle.container("checkpoint", bundle.id(), export, "-P").assertRefused("-P is no option");
      bundle
          .container("checkpoint", bundle.id(), export, "--manage-cgroups-mode=some")
          .assertRefused("--manage-cgroups-mode some", "soft");
      bundle.container("checkpoint", bundle.id(), export, "--compress=xz").assertRefused("xz");
      assertThat(archive).doesNotExist();
      bundle.checkpointTo(archive);

      String here = "--bundle=" + bundle.file("");
      bundle.container("restore", archive + "").assertRefused("--bundle");
      bundle.container("restore", archive + "", here, "--name=../x").assertRefused("../x");
      bundle.container("restore", archive + "", here, "--runtime=sh").assertRefused("--runtime");
      bundle
          .container("restore", archive + "", here, "--manage-cgroups-mode=")
          .assertRefused("--manage-cgroups-mode");
      Path cut = bundle.file("cut.tar");
      byte[] whole = Files.readAllBytes(archive);
      Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
      bundle.container("restore", cut + "", here).assertRefused("cut.tar");
      assertThat(bundle.ask("list", "--quiet").trim()).isEmpty();
      bundle.restoreFrom(archive);
      assertNothingLeft(bundle);
    }
  }

  private static Bundle bundle(OciRuntime runtime) throws IOException {
    boolean isCrun = runtime == OciRuntime.TORPOR_OVER_CRUN;
    Bundle bundle =
        new Bundle(runtime, isCrun ? OciRuntime.viewWith(Settings.stableCrun()) : List.of());
    bundle.configure(Map.of(), List.of("mount", "pid", "ipc", "uts", "network"));
    if (isCrun) {
      bundle.unlimited();
    }
    return bundle;
  }

  private static void assertNothingLeft(Bundle bundle) throws IOException {
    try (Stream<Path> files = Files.list(bundle.file(""))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.startsWith(".torpor") || name.startsWith("torpor-unpacked"));
    }
  }
}
