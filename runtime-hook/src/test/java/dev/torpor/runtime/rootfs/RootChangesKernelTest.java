// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rootfs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.namespaces.TreeArchive;
import dev.torpor.oci.ArchiveLimits;
import dev.torpor.oci.FileArchive;
import dev.torpor.oci.OciException;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of a real overlay go into an archive, and from there into the image's files. */
class RootChangesKernelTest {
  /** The image: two layers, of which the upper hides something of the lower. */
  private static final String IMAGE =
      "mkdir -p LAYERS/low/bin LAYERS/low/tmp/sub LAYERS/low/etc LAYERS/low/keep LAYERS/high/tmp;"
          + " echo 1 >LAYERS/low/bin/a; echo 2 >LAYERS/low/bin/b; echo 3 >LAYERS/low/tmp/old; echo"
          + " 4 >LAYERS/low/tmp/sub/f; echo 5 >LAYERS/high/tmp/both; echo 6 >LAYERS/low/etc/c; ln"
          + " -s a LAYERS/low/bin/link; echo 7 >LAYERS/low/keep/untouched; chown 7:8"
          + " LAYERS/low/etc/c; cp -a LAYERS/low LAYERS/copy; cp -a LAYERS/high/. LAYERS/copy";

  private static final String CHANGES =
      "rm bin/a bin/link; mkdir bin/a; echo in >bin/a/in; rm -r tmp; mkdir -m 1777 tmp; echo new"
          + " >tmp/both; mkdir tmp/sub; echo n >etc/new; ln etc/new etc/hard; ln -s ../etc/new"
          + " tmp/soft; mkfifo -m 600 tmp/pipe; chmod 4755 bin/b; chown 5:6 etc/c; touch -d"
          + " '2001-02-03 04:05:06.789012345' etc/new; python3 -c 'import os;"
          + " os.setxattr(\"etc/new\", \"user.colour\", b\"blue\")'; mkdir -p 'n\u00e4me with"
          + " space/'$(printf '%0150d' 7); mkdir -m 700 etc/closed; touch -d 2002-02-02 etc; :"
          + " >etc/hosts";

  private Path directory;

  /** With layers named from the directory of all of them, as engines name many. */
  @BeforeEach
  void mount() throws IOException {
    assumeTrue(System.getProperty("user.name").equals("root"), "mounts need root");
    directory = Files.createTempDirectory(Path.of("/var/tmp"), "torpor-overlay-");
    sh(
        IMAGE.replace("LAYERS", "layers")
            + "; mkdir -p layers/up/diff layers/up/work layers/up/merged");
    sh(
        "cd layers; mkdir l; ln -s ../high l/HIGH; mount -t overlay overlay -o lowerdir=l/HIGH:low,"
            + "upperdir=$PWD/up/diff,workdir=up/work up/merged");
  }

  @AfterEach
  void unmount() throws IOException {
    sh("umount layers/up/merged; cd / && rm -rf --one-file-system " + directory);
  }

  private String sh(String script) throws IOException {
    Path output = Files.createTempFile("torpor-sh", ".txt");
    try {
      int status =
          new ProcessBuilder("/bin/bash", "-c", script)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start()
              .waitFor();
      assertThat(status).as("%s: %s", script, Files.readString(output)).isZero();
      return Files.readString(output);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      Files.delete(output);
    }
  }

  /** All there is to know of each file, and of those with content that. */
  private String look(String root) throws IOException {
    String stat =
        "find . ! -path ./etc/hosts -printf '%p %y %m %U:%G %l %n %T@\\n' | sed 's/^\\. .*//'";
    return sh(
        ("cd " + root + "; " + stat)
            + " | awk '$2 == \"d\" { $(NF - 1) = \"\" } 1' | sort;"
            + " find . -type f ! -name hosts | sort | xargs -d '\\n' md5sum;"
            + " python3 -c 'import os; print(os.getxattr(\"etc/new\", \"user.colour\"))'");
  }

  private RootChanges changes() {
    Path merged = directory.resolve("layers/up/merged");
    return new RootChanges(OverlayLayers.of(mountOf(merged), merged), merged, Set.of("/etc/hosts"));
  }

  private static MountInfo mountOf(Path point) {
    for (MountInfo mount :
        MountInfo.read(new ProcFs(Path.of("/proc")), (int) ProcessHandle.current().pid())) {
      if (mount.mountPoint().equals(point.toString())) {
        return mount;
      }
    }
    throw new AssertionError(point + " is not mounted");
  }

  @Test
  void whatChangedIsMadeInACopyOfTheImage() throws IOException {
    sh("cd layers/up/merged; " + CHANGES);
    RootChanges changes = changes();
    Path tar = directory.resolve("diff.tar");
    try (TreeArchive archive = new TreeArchive(Files.newOutputStream(tar), true)) {
      changes.write(archive, mountOf(directory.resolve("layers/up/merged")).device());
    }
    assertThat(changes.deleted()).containsExactlyInAnyOrder("/bin/link", "/tmp/old", "/tmp/sub/f");
    assertThat(sh("tar tf diff.tar")).doesNotContain("etc/hosts", "untouched");
    FileArchive archive = new FileArchive(tar, "diff.tar", ArchiveLimits.DEFAULT);
    Path copy = directory.resolve("layers/copy");
    try (TreeReturn files = new TreeReturn(copy, archive, changes.deleted())) {
      files.check();
      files.apply();
    }
    assertThat(look("layers/copy")).isEqualTo(look("layers/up/merged"));
  }

  /** Whoever runs in a container may have written them. */
  @Test
  void hostileArchivesAreRefusedBeforeAnythingIsMade() throws IOException {
    sh("mkdir outside; echo safe >outside/f; ln -s ../../outside layers/copy/way");
    String before = sh("find layers/copy outside -printf '%p %m %T@\\n'");
    assertRefused("is below what is no directory", link("x", "../../outside"), file("x/f"));
    assertRefused("has way above it", file("way/f"));
    assertRefused("leads out", file("../outside/f"));
    assertRefused("leads out", file("a/../../f"));
    TarArchiveEntry hard = new TarArchiveEntry("hard", TarArchiveEntry.LF_LINK);
    hard.setLinkName("../../outside/f");
    assertRefused("leads out", hard);
    TarArchiveEntry device = new TarArchiveEntry("dev", TarArchiveEntry.LF_BLK);
    device.setDevMajor(8);
    assertRefused("is a device", file("first"), device);
    assertThatThrownBy(() -> check(List.of("/way/f"), file("a"))).hasMessageContaining("way");
    assertThatThrownBy(() -> check(List.of("../f"), file("a"))).hasMessageContaining("leads out");
    assertThatThrownBy(() -> check(List.of("/"), file("a"))).hasMessageContaining("root");
    assertThat(sh("find layers/copy outside -printf '%p %m %T@\\n'")).isEqualTo(before);
  }

  /** One that is itself a link goes, and not what it leads to. */
  @Test
  void linksAreReplacedAndNotFollowed() throws IOException {
    sh("mkdir outside; echo safe >outside/f; ln -s ../../outside layers/copy/way");
    sh("ln -s ../../outside layers/copy/gone");
    try (TreeReturn files = open(List.of("/gone"), file("way"))) {
      files.check();
      files.apply();
    }
    assertThat(sh("cat outside/f layers/copy/way; test ! -e layers/copy/gone"))
        .isEqualTo("safe\nx");
  }

  private void assertRefused(String why, TarArchiveEntry... entries) {
    assertThatThrownBy(() -> check(List.of(), entries))
        .isInstanceOf(OciException.class)
        .hasMessageContaining(why);
  }

  private void check(List<String> deleted, TarArchiveEntry... entries) throws IOException {
    try (TreeReturn files = open(deleted, entries)) {
      files.check();
    }
  }

  private TreeReturn open(List<String> deleted, TarArchiveEntry... entries) throws IOException {
    Path tar = directory.resolve("made.tar");
    try (OutputStream out = Files.newOutputStream(tar);
        TarArchiveOutputStream made = new TarArchiveOutputStream(out)) {
      for (TarArchiveEntry entry : entries) {
        made.putArchiveEntry(entry);
        if (entry.getSize() > 0) {
          made.write("x".getBytes(UTF_8));
        }
        made.closeArchiveEntry();
      }
    }
    FileArchive archive = new FileArchive(tar, "made.tar", ArchiveLimits.DEFAULT);
    return new TreeReturn(directory.resolve("layers/copy"), archive, deleted);
  }

  private static TarArchiveEntry file(String name) {
    TarArchiveEntry file = new TarArchiveEntry(name, true);
    file.setSize(1);
    return file;
  }

  private static TarArchiveEntry link(String name, String target) {
    TarArchiveEntry link = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
    link.setLinkName(target);
    return link;
  }
}
