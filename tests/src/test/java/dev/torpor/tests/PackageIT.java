// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package, installed and removed beside another one that has a criu. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackageIT {
  /** A shell that counts goes on counting; it has no children, which others would have to reap. */
  private static final String DUMP_AND_RESTORE =
      """
      cd /tmp; mkdir images
      mkfifo never
      setsid bash -c 'while :; do echo $((++n)) >count; read -t 0.05 <>never; done' </dev/null >loop.log 2>&1 &
      loop=$!
      until [ -s count ]; do sleep 0.05; done
      torpor dump -t $loop -D images -v4 -o dump.log
      wait $loop || true
      rm count
      torpor restore -d -D images -v4 -o restore.log
      until [ -s count ]; do sleep 0.05; done
      [ "$(cat count)" -gt 1 ]
      kill -KILL $loop
      rm -r images count loop.log never
      """;

  private static final String OTHER_CRIU =
      """
      cd /tmp; mkdir -p other/DEBIAN other/usr/sbin other/usr/bin
      printf 'Package: criu\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@localhost>\\nDescription: x\\n' \\
        >other/DEBIAN/control
      printf '#!/bin/sh\\necho another criu\\n' >other/usr/sbin/criu
      printf '#!/bin/sh\\necho another crit\\n' >other/usr/bin/crit
      chmod 755 other/usr/sbin/criu other/usr/bin/crit
      dpkg-deb --root-owner-group --build other other.deb
      """;

  private static final String INSTALL = "dpkg --install /tmp/torpor.deb";
  private static final String INSTALL_OTHER = "dpkg --install /tmp/other.deb";

  private Path built;

  @BeforeAll
  void build(@TempDir Path directory) throws IOException {
    Path script = Settings.source("../runtime-hook/src/package/debian/build.sh");
    String home = Settings.torpor().toRealPath().getParent().getParent().toString();
    PodmanStore.Outcome outcome = PodmanStore.run(script.toString(), home, directory.toString());
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    try (Stream<Path> files = Files.list(directory)) {
      built = files.findFirst().orElseThrow();
    }
  }

  @Test
  void dumpsAndRestoresAndLeavesNothing() throws IOException {
    try (FreshMachine machine = withPackage()) {
      machine.run(INSTALL);
      machine.run(DUMP_AND_RESTORE);
      assertThat(machine.run("criu --version; crit info --help"))
          .contains("Version: ", "crit ACTION");
      assertThat(machine.run("torpor-runtime --version")).startsWith("runc version");
      assertThat(machine.run("man --warnings torpor torpor-runtime 2>&1"))
          .contains("--tcp-established");
      machine.run("dpkg --verify torpor; dpkg --purge torpor");
      assertThat(machine.changed())
          .filteredOn(file -> !file.matches("/var/(lib/dpkg|log|cache)/.*"))
          .isEmpty();
    }
  }

  /** The classes come from the archive: the package has it as it is where it will be installed. */
  @Test
  void startsFromItsArchive() throws IOException {
    try (FreshMachine machine = withPackage()) {
      machine.run(INSTALL);
      String loaded =
          machine.run(
              "cd /usr/lib/torpor/lib; jvm/bin/java -Xshare:on -XX:+UseG1GC"
                  + " -XX:SharedArchiveFile=$PWD/torpor.jsa -Xlog:class+load"
                  + " -Xbootclasspath/a:$(LC_ALL=C; printf '%s:' $PWD/*.jar | sed 's/:$//')"
                  + " dev.torpor.runtime.Main 2>&1 | grep dev.torpor.runtime.Main");
      assertThat(loaded).contains("dev.torpor.runtime.Main source: shared objects file");
    }
  }

  @Test
  void completesVerbsAndOptions() throws IOException {
    try (FreshMachine machine = withPackage()) {
      machine.run(INSTALL);
      String complete =
          "source /usr/share/bash-completion/completions/torpor; COMP_WORDS=(torpor %s); COMP_CWORD=%d;"
              + " _torpor; echo \"${COMPREPLY[@]}\"";
      assertThat(machine.run(complete.formatted("rest", 1))).isEqualTo("restore\n");
      assertThat(machine.run(complete.formatted("dump --tcp-", 2)))
          .isEqualTo("--tcp-close --tcp-established\n");
    }
  }

  @Test
  void anotherCriuStaysAChoice() throws IOException {
    try (FreshMachine machine = withPackage()) {
      machine.run(OTHER_CRIU);
      machine.run(INSTALL_OTHER);
      machine.run(INSTALL);
      assertThat(machine.run("criu --version; criu.distrib")).contains("Version: ", "another criu");
      machine.run("update-alternatives --set criu /usr/sbin/criu.distrib");
      assertThat(machine.run("criu; crit")).isEqualTo("another criu\nanother crit\n");
      machine.run("dpkg --purge torpor");
      assertThat(machine.run("criu; crit")).isEqualTo("another criu\nanother crit\n");
      assertThat(machine.run("ls /usr/sbin/criu* /usr/bin/crit*"))
          .isEqualTo("/usr/bin/crit\n/usr/sbin/criu\n");
    }
  }

  @Test
  void anotherCriuMayComeLaterAndGo() throws IOException {
    try (FreshMachine machine = withPackage()) {
      machine.run(INSTALL);
      machine.run(OTHER_CRIU);
      machine.run(INSTALL_OTHER);
      assertThat(machine.run("update-alternatives --list criu"))
          .isEqualTo("/usr/lib/torpor/bin/criu\n/usr/sbin/criu.distrib\n");
      assertThat(machine.run("criu --version")).contains("Version: ");
      machine.run("dpkg --purge criu");
      assertThat(machine.run("update-alternatives --list criu; criu --version"))
          .startsWith("/usr/lib/torpor/bin/criu\nVersion: ");
    }
  }

  private FreshMachine withPackage() throws IOException {
    FreshMachine machine = new FreshMachine();
    Files.copy(built, machine.file("/tmp/torpor.deb"));
    return machine;
  }
}
