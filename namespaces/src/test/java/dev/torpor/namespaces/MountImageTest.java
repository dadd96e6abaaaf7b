// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.proc.MountInfo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MountImageTest {
  private static List<mnt_entry> criu() throws IOException {
    byte[] image = Recorded.bytes(Recorded.PODMAN_MOUNTPOINTS);
    try (ImageReader reader =
        ImageReader.of(
            Recorded.PODMAN_MOUNTPOINTS,
            Channels.newChannel(new ByteArrayInputStream(image)),
            image.length,
            ImageType.MNTS)) {
      return reader.rest(mnt_entry.parser());
    }
  }

  private static List<Mount> podman(DumpOptions options) {
    List<MountInfo> infos = MountInfo.parse("mountinfo", Recorded.bytes(Recorded.PODMAN_MOUNTINFO));
    return MountNamespace.mounts(infos, Set.of(), false, options);
  }

  private static MountTree tree(String... lines) {
    byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    return new MountTree(
        MountNamespace.mounts(
            MountInfo.parse("mountinfo", text), Set.of(), false, new DumpOptions()));
  }

  @Test
  void readsAPodmanContainer() {
    List<MountInfo> mounts =
        MountInfo.parse("mountinfo", Recorded.bytes(Recorded.PODMAN_MOUNTINFO));
    assertThat(mounts).hasSize(29);
    assertThat(mounts.get(0).mountPoint()).isEqualTo("/");
    assertThat(mounts.get(0).device()).isEqualTo(266338304);
  }

  @Test
  void equalsWhatCriuWrites() throws IOException {
    List<mnt_entry> written = new ArrayList<>();
    for (Mount mount : podman(Recorded.podmanOptions())) {
      written.add(mount.entry());
    }
    Collections.reverse(written);
    assertThat(written).containsExactlyElementsOf(criu());
  }

  @Test
  void readsBackWhatCriuWrote() throws IOException {
    for (mnt_entry entry : criu()) {
      assertThat(Mount.of(entry).entry()).isEqualTo(entry);
    }
  }

  @Test
  void acceptsAPodmanContainer() {
    MountTree tree = new MountTree(podman(Recorded.podmanOptions()));
    assertThatCode(() -> new MountCheck(tree).run()).doesNotThrowAnyException();
  }

  @Test
  void namesTheOptionForAMountFromOutside() {
    MountTree tree = new MountTree(podman(new DumpOptions()));
    assertThatThrownBy(() -> new MountCheck(tree).run())
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("--external mnt[/etc/hosts]:KEY");
  }

  @Test
  void bindsFromTheMountThatIsThere() {
    MountTree tree = new MountTree(podman(Recorded.podmanOptions()));
    assertThat(tree.boundFrom(tree.find(48)).mountPoint).isEqualTo("/proc");
    assertThat(tree.boundFrom(tree.find(70))).isNull();
    assertThat(tree.isMadeByType(tree.find(70))).isTrue();
    // /dev is not bound from the file of it that masks /proc/keys.
    assertThat(tree.isMadeByType(tree.find(71))).isTrue();
    assertThat(tree.isMadeByType(tree.find(76))).isFalse();
  }

  @Test
  void ordersDeeperMountPointsFirst() {
    MountTree tree =
        tree(
            "1 0 0:1 / / rw - ext4 d rw",
            "2 1 0:2 / /a rw - tmpfs x rw",
            "3 1 0:3 / /a/b/c rw - tmpfs y rw",
            "4 2 0:4 / /a rw - tmpfs z rw",
            "5 2 0:5 / /a/d rw - tmpfs u rw");
    List<Integer> order = new ArrayList<>();
    for (Mount mount : tree.inMountOrder()) {
      order.add(mount.id);
    }
    assertThat(order).containsExactly(3, 2, 5, 4);
  }

  @Test
  void refusesAMasterOutside() {
    MountTree tree =
        tree("1 0 0:1 / / rw - ext4 d rw", "2 1 0:2 / /a rw,relatime master:9 - tmpfs x rw");
    assertThatThrownBy(() -> new MountCheck(tree).run()).hasMessageContaining("peer group 9");
  }

  @Test
  void refusesATreeWithoutARoot() {
    assertThatThrownBy(() -> tree("2 1 0:2 / /a rw - tmpfs x rw"))
        .isInstanceOf(UnsupportedException.class);
  }

  @Test
  void refusesUnknownMountOptions() {
    assertThatThrownBy(() -> tree("1 0 0:1 / / rw,idmapped - ext4 d rw"))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("idmapped");
  }

  @Test
  void refusesUnknownFieldsOfImages() throws IOException {
    mnt_entry entry = criu().get(0);
    assertThatThrownBy(() -> Mount.of(entry.toBuilder().setFstype(99).build()))
        .isInstanceOf(UnsupportedException.class);
    assertThatThrownBy(() -> Mount.of(entry.toBuilder().setFlags(1 << 30).build()))
        .isInstanceOf(UnsupportedException.class);
    assertThatThrownBy(() -> Mount.of(entry.toBuilder().setDeleted(true).build()))
        .isInstanceOf(UnsupportedException.class);
  }

  @Test
  void findsTheSourceOfAnExternalMount() throws IOException {
    Mount hosts = null;
    for (mnt_entry entry : criu()) {
      hosts = entry.getMountpoint().equals("/etc/hosts") ? Mount.of(entry) : hosts;
    }
    Mount mount = hosts;
    assertThat(mount.externalSource(Map.of("/etc/hosts", "/there"))).isEqualTo("/there");
    assertThatThrownBy(() -> mount.externalSource(Map.of()))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("--external mnt[/etc/hosts]:PATH");
  }

  @Test
  void leavesSkippedMountsOutWithWhatSitsOnThem() {
    DumpOptions options = Recorded.podmanOptions().skippedMount("/sys");
    for (Mount mount : podman(options)) {
      assertThat(mount.mountPoint).doesNotStartWith("/sys");
    }
  }
}
