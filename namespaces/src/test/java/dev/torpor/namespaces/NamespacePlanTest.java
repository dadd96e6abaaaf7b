// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.torpor.error.RestoreException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.ipc_desc_entry;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.pidns_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.image.proto.timens_entry;
import dev.torpor.image.proto.timespec;
import dev.torpor.image.proto.utsns_entry;
import dev.torpor.inject.Op;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Need;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans from what CRIU wrote of a Podman container; nothing is called. */
class NamespacePlanTest {
  private static final task_kobj_ids_entry OWN = TestNumbers.container(false);
  private static final task_kobj_ids_entry ROOT = TestNumbers.container(true);
  private static final Clocks NOW = new Clocks(0, 1_500_000_000L, 2_500_000_000L);

  @TempDir Path temp;

  @BeforeEach
  void writeImages() throws IOException {
    Files.write(
        temp.resolve("mountpoints-" + ROOT.getMntNsId() + ".img"),
        Recorded.bytes(Recorded.PODMAN_MOUNTPOINTS));
    ImageDirectory images = ImageDirectory.at(temp);
    for (mnt_entry mount :
        DirectoryImages.of(images).entries(ImageType.MNTS, ROOT.getMntNsId(), mnt_entry.parser())) {
      Files.write(
          images.file(ImageType.TMPFS_DEV, Integer.toUnsignedLong(mount.getRootDev())),
          new byte[0]);
    }
    write(
        ImageType.UTSNS,
        ROOT.getUtsNsId(),
        utsns_entry.newBuilder().setNodename("box").setDomainname("(none)").build());
    write(
        ImageType.IPC_VAR,
        ROOT.getIpcNsId(),
        ipc_var_entry
            .newBuilder()
            .addSemCtls(32000)
            .addSemCtls(1024000000)
            .addSemCtls(500)
            .addSemCtls(32000)
            .setMsgCtlmax(8192)
            .setMsgCtlmnb(16384)
            .setMsgCtlmni(32000)
            .setAutoMsgmni(0)
            .setShmCtlmax(-16777217L)
            .setShmCtlall(-16777217L)
            .setShmCtlmni(4096)
            .setShmRmidForced(0)
            .setMqQueuesMax(256)
            .setMqMsgMax(10)
            .setMqMsgsizeMax(8192)
            .build());
    write(
        ImageType.TIMENS,
        0,
        timens_entry
            .newBuilder()
            .setMonotonic(timespec.newBuilder().setTvSec(1).setTvNsec(0))
            .setBoottime(timespec.newBuilder().setTvSec(10).setTvNsec(1))
            .build());
  }

  private void write(ImageType type, int id, Message entry) throws IOException {
    try (ImageWriter writer = ImageDirectory.at(temp).write(type, id)) {
      writer.write(entry);
    }
  }

  private static ReturnOptions runcOptions() {
    ReturnOptions options = new ReturnOptions().root("/run/criu-root").emptyNet(true);
    options.externalMount("/dev/null", "/dev/null");
    for (String path : Recorded.PODMAN_EXTERNAL) {
      options.externalMount(path, "/host" + path);
    }
    return options;
  }

  private NamespacePlan plan(ReturnOptions options) throws IOException {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    return new NamespacePlan(
        proc,
        DirectoryImages.of(ImageDirectory.at(temp)),
        OWN,
        ROOT,
        options,
        NOW,
        new Facts(),
        new Rooms(NamespaceRooms.all()));
  }

  private static void verify(NamespacePlan plan) {
    ThreadPlan root = new ThreadPlan(1, 1);
    plan.plan(root, key -> 77);
    for (Need need : root.needs()) {
      need.verify(null);
    }
  }

  private static String text(NamespacePlan plan) {
    ThreadPlan root = new ThreadPlan(1, 1);
    plan.plan(root, key -> 77);
    StringBuilder text = new StringBuilder();
    for (Op op : root.assemble().ops()) {
      text.append(op.nr()).append(' ').append(op.purpose()).append('\n');
    }
    return text.toString();
  }

  @Test
  void plansAPodmanContainerForRunc() throws IOException {
    assertThat(text(plan(runcOptions())))
        .isEqualTo(new String(Recorded.bytes("plan-podman.txt"), StandardCharsets.UTF_8));
  }

  @Test
  void isBornIntoNewNamespaces() throws IOException {
    assertThat(plan(runcOptions()).cloneFlags()).isEqualTo(0x6c020000L);
    assertThat(plan(runcOptions()).inheritedKeys()).isEmpty();
  }

  @Test
  void joinsWhatItIsTold() throws IOException {
    NamespacePlan plan = plan(runcOptions().join("uts", "/var/run/uts").join("ipc", "42"));
    assertThat(plan.cloneFlags()).isEqualTo(0x60020000L);
    assertThat(text(plan))
        .contains("joining the uts namespace /var/run/uts")
        .contains("joining the ipc namespace /proc/42/ns/ipc")
        .doesNotContain("host name")
        .doesNotContain("sysctl");
  }

  @Test
  void objectsOfANamespaceThatIsNotMadeAreNotLost() throws IOException {
    write(
        ImageType.IPCNS_MSG,
        ROOT.getIpcNsId(),
        ipc_msg_entry
            .newBuilder()
            .setDesc(
                ipc_desc_entry
                    .newBuilder()
                    .setKey(7)
                    .setUid(0)
                    .setGid(0)
                    .setCuid(0)
                    .setCgid(0)
                    .setMode(0600)
                    .setId(3))
            .setQbytes(16384)
            .setQnum(0)
            .build());
    assertThat(text(plan(runcOptions()))).contains("restoring System V message queue 3: msgget");
    assertThatThrownBy(() -> plan(runcOptions().join("ipc", "42")))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("ipcns-msg-")
        .hasMessageContaining("restore without joining one");
  }

  @Test
  void joinsANetworkNamespaceGivenByDescriptor() throws IOException {
    write(
        ImageType.NETNS,
        ROOT.getNetNsId(),
        netns_entry.newBuilder().setExtKey("extRootNetNS").build());
    NamespacePlan plan = plan(runcOptions());
    assertThat(plan.cloneFlags()).isEqualTo(0x2c020000L);
    assertThat(plan.inheritedKeys()).containsExactly("extRootNetNS");
    assertThat(text(plan))
        .contains("joining the net namespace given as extRootNetNS")
        .doesNotContain("loopback");
  }

  @Test
  void bringsALoopbackBackAsItWas() throws IOException {
    net_device_entry down =
        net_device_entry
            .newBuilder()
            .setType(nd_type.LOOPBACK)
            .setIfindex(1)
            .setMtu(65536)
            .setFlags(8)
            .setName("lo")
            .build();
    write(ImageType.NETDEV, ROOT.getNetNsId(), down);
    assertThat(text(plan(runcOptions().emptyNet(false)))).doesNotContain("loopback");
    write(ImageType.NETDEV, ROOT.getNetNsId(), down.toBuilder().setFlags(0x49).build());
    assertThat(text(plan(runcOptions().emptyNet(false)))).contains("bringing the loopback");
  }

  private static net_device_entry device(nd_type type, String name) {
    return net_device_entry
        .newBuilder()
        .setType(type)
        .setIfindex(2)
        .setMtu(1500)
        .setFlags(8)
        .setName(name)
        .build();
  }

  @Test
  void refusesOtherDevices() throws IOException {
    write(ImageType.NETDEV, ROOT.getNetNsId(), device(nd_type.TUN, "tun0"));
    assertThatThrownBy(() -> plan(runcOptions().emptyNet(false)))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("tun0");
  }

  @Test
  void wantsToKnowWhereADeviceLeads() throws IOException {
    write(ImageType.NETDEV, ROOT.getNetNsId(), device(nd_type.VETH, "eth0"));
    assertThatThrownBy(() -> plan(runcOptions().emptyNet(false)))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("--external veth[eth0]:NAME@BRIDGE");
    ReturnOptions options = runcOptions().emptyNet(false).external("veth[eth0]:host0@br0");
    assertThat(text(plan(options)))
        .containsSubsequence(
            "making the devices that lead out",
            "giving the device eth0 its flags",
            "connecting the devices that lead out");
  }

  /** It would take the device to another namespace. */
  @Test
  void refusesAnAttributeThatIsNoneOfTheDevices() throws IOException {
    byte[] namespace = {8, 0, 19, 0, 1, 0, 0, 0};
    net_device_entry bridge =
        device(nd_type.BRIDGE, "br0").toBuilder()
            .setAttributes(ByteString.copyFrom(namespace))
            .build();
    write(ImageType.NETDEV, ROOT.getNetNsId(), bridge);
    assertThatThrownBy(() -> plan(runcOptions().emptyNet(false)))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("an attribute of the device br0");
    write(
        ImageType.NETDEV,
        ROOT.getNetNsId(),
        bridge.toBuilder().setAttributes(ByteString.copyFrom(namespace, 0, 7)).build());
    assertThatThrownBy(() -> plan(runcOptions().emptyNet(false)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("netdev-");
  }

  @Test
  void isBornInAPidNamespaceGivenByDescriptor() throws IOException {
    write(
        ImageType.PIDNS,
        ROOT.getPidNsId(),
        pidns_entry.newBuilder().setExtKey("extRootPidNS").build());
    NamespacePlan plan = plan(runcOptions());
    assertThat(plan.cloneFlags()).isEqualTo(0x4c020000L);
    assertThat(plan.pidNamespaceKey()).isEqualTo("extRootPidNS");
  }

  @Test
  void looksAtWhatItIsGiven() throws IOException {
    verify(plan(runcOptions().join("uts", "/proc/self/ns/uts")));
    for (String file : List.of("/proc/self/ns/net", "/proc/self/status", "/nonexistent")) {
      NamespacePlan other = plan(runcOptions().join("uts", file));
      assertThatThrownBy(() -> verify(other))
          .isInstanceOf(RestoreException.class)
          .hasMessageContaining("--join-ns uts:" + file);
    }
  }

  @Test
  void wantsARoot() {
    assertThatThrownBy(() -> plan(new ReturnOptions()))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("--root");
  }

  @Test
  void wantsEveryExternalMount() {
    assertThatThrownBy(() -> plan(new ReturnOptions().root("/run/criu-root")))
        .isInstanceOf(RestoreException.class)
        .hasMessageContaining("--external mnt[/etc/hosts]:PATH");
  }

  @Test
  void refusesToJoinOtherKinds() {
    for (String kind : List.of("mnt", "pid", "user", "cgroup", "nut")) {
      assertThatThrownBy(() -> new ReturnOptions().join(kind, "/x"))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("--join-ns " + kind + ":/x");
    }
  }
}
