// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.netns_setting;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.ProgramOnThread;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Syscall;
import dev.torpor.linux.Unistd;
import dev.torpor.memory.SysvSegments;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Dumps a process in namespaces of its own and runs the plan on a thread in fresh ones; then both
 * see the same.
 */
class ReturnedNamespacesKernelTest {
  private static final int CLONE_FS = 0x200;

  private final ProcFs proc = new ProcFs(Path.of("/proc"));
  private final int own = Unistd.getpid();
  private final TestNumbers numbers = new TestNumbers(proc);
  @TempDir Path temp;
  private Container container;
  private Path newRoot;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    Assumptions.assumeTrue(Unistd.geteuid() == 0, "needs root");
    numbers.of(own);
    container = Container.start(temp.resolve("rootfs"));
    newRoot = Files.createDirectory(temp.resolve("new-root"));
    Container.run("mount", "--bind", container.rootfs().toString(), newRoot.toString());
    Container.run("mount", "--make-private", newRoot.toString());
  }

  @AfterEach
  void stop() throws IOException, InterruptedException {
    if (container != null) {
      container.close();
      Container.run("umount", newRoot.toString());
    }
  }

  private static DumpOptions options() {
    return new DumpOptions().external("mnt[/usr]:usr").external("mnt[/etc]:etc").emptyNet(true);
  }

  private TreeNamespaces capture(DumpOptions options) {
    int pid = container.pid();
    return new TreeNamespaces(
        proc, own, numbers.of(own), pid, numbers.of(pid), options, new Rooms(NamespaceRooms.all()));
  }

  private NamespacePlan dumpAndPlan() throws IOException {
    return dumpAndPlan(true);
  }

  private NamespacePlan dumpAndPlan(boolean emptyNet) throws IOException {
    TreeNamespaces tree = capture(options().emptyNet(emptyNet));
    tree.check();
    tree.check(container.pid(), 0, numbers.of(container.pid()));
    CapturedImages images =
        new CapturedImages(ImageDirectory.at(Files.createDirectory(temp.resolve("images"))));
    tree.write(images, new SysvSegments());
    ReturnOptions options =
        new ReturnOptions()
            .root(newRoot.toString())
            .externalMount("usr", "/usr")
            .externalMount("etc", "/etc")
            .emptyNet(emptyNet)
            // A thread of several cannot enter a time namespace.
            .timeNamespace(false);
    task_kobj_ids_entry root = numbers.of(container.pid());
    return new NamespacePlan(
        proc,
        images,
        numbers.of(own),
        root,
        options,
        Clocks.now(proc, own),
        new Facts(),
        new Rooms(NamespaceRooms.all()));
  }

  @Test
  void mountsAndNamesComeBack() throws Exception {
    NamespacePlan plan = dumpAndPlan();
    try (Returned returned = new Returned(plan)) {
      assertThat(mounts(returned.tid()))
          .containsExactlyInAnyOrderElementsOf(mounts(container.pid()));
      assertThat(groups(returned.tid())).isNotEmpty().isEqualTo(groups(container.pid()));
      String tid = Integer.toString(returned.tid());
      assertThat(Container.output("nsenter", "-t", tid, "-u", "hostname"))
          .isEqualTo("torpor-box\n");
      assertThat(Container.output("nsenter", "-t", tid, "-i", "cat", "/proc/sys/kernel/msgmax"))
          .isEqualTo("12345\n");
      assertThat(Container.output("nsenter", "-t", tid, "-n", "ip", "-o", "link", "show", "lo"))
          .contains(",UP");
      assertContent(Path.of("/proc/" + tid + "/root"));
    }
  }

  @Test
  void whatAnotherMountHidesComesBack() throws Exception {
    NamespacePlan plan = dumpAndPlan();
    String mounted = Files.readString(Path.of("/proc/" + container.pid() + "/mountinfo"));
    try (Returned returned = new Returned(plan)) {
      String look = "cat /hidden/file; umount /hidden; cat /hidden/file /hidden/inner/file";
      String tid = Integer.toString(returned.tid());
      assertThat(Container.output("nsenter", "-t", tid, "-m", "sh", "-c", look))
          .isEqualTo("above\nbelow\ninner\n");
    }
    assertThat(Files.readString(Path.of("/proc/" + container.pid() + "/mountinfo")))
        .isEqualTo(mounted);
  }

  private static void assertContent(Path root) throws IOException {
    assertThat(Files.readString(root.resolve("share/a/file"))).isEqualTo("content\n");
    assertThat(Files.getAttribute(root.resolve("dev/null"), "unix:rdev"))
        .isEqualTo(Files.getAttribute(Path.of("/dev/null"), "unix:rdev"));
    assertThat(Files.readSymbolicLink(root.resolve("dev/fd"))).hasToString("/proc/self/fd");
    Path one = root.resolve("share/one");
    assertThat(Files.getAttribute(one, "unix:ino"))
        .isEqualTo(Files.getAttribute(root.resolve("share/two"), "unix:ino"));
    assertThat(Files.getAttribute(one, "unix:uid")).isEqualTo(1234);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(one)))
        .isEqualTo("rwxr-x---");
    assertThat(Files.getLastModifiedTime(one).toMillis()).isEqualTo(1_000_000_000_000L);
    Path sparse = root.resolve("share/sparse");
    assertThat(Files.size(sparse)).isEqualTo(1 << 20);
  }

  @Test
  void nothingOfTheHostIsLeft() throws Exception {
    String before = Files.readString(Path.of("/proc/self/mountinfo"));
    NamespacePlan plan = dumpAndPlan();
    try (Returned returned = new Returned(plan)) {
      assertThat(Files.readString(Path.of("/proc/" + returned.tid() + "/mountinfo")))
          .doesNotContain("torpor rw,mode=700");
    }
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).isEqualTo(before);
  }

  @Test
  void namesTheMountThatNeedsAnOption() {
    assertThatThrownBy(() -> capture(new DumpOptions()).check())
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("]:KEY");
  }

  @Test
  void aNetworkWithNothingButLoopbackIsCarried() throws IOException {
    DumpOptions options = options().emptyNet(false);
    capture(options).check();
    CapturedImages images =
        new CapturedImages(ImageDirectory.at(Files.createDirectory(temp.resolve("images"))));
    capture(options).write(images, new SysvSegments());
    Container.run(
        "nsenter", "-t", container.text(), "-n", "ip", "tuntap", "add", "tun7", "mode", "tun");
    assertThatThrownBy(() -> capture(options).check())
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("the device tun7 of kind tun")
        .hasMessageContaining("--empty-ns net");
  }

  @Test
  void devicesAddressesAndRoutesComeBack() throws Exception {
    String make =
        "ip link set lo up; ip link add br7 type bridge; ip link add va type veth peer name vb;"
            + " sysctl -q net.ipv6.conf.va.disable_ipv6=1;"
            + " ip link set va master br7 up; ip link set vb alias other txqueuelen 99;"
            + " ip link set va up; ip link set vb up; ip link set br7 up;"
            + " ip addr add 10.1.2.3/24 dev br7;"
            + " ip -6 addr add fd01::3/64 dev br7; ip route add 10.9.0.0/16 via 10.1.2.9 table 7;"
            + " ip route add default via 10.1.2.8; ip rule add from 10.1.2.3 table 7;"
            + " ip neigh add 10.1.2.7 lladdr 02:00:00:00:00:07 dev br7;"
            + " until ip addr show dev br7 | grep -q fe80; do sleep 0.1; done;"
            + " while ip addr show tentative | grep -q tentative; do sleep 0.1; done";
    Container.run("nsenter", "-t", container.text(), "-n", "sh", "-ec", make);
    String[] shows = {
      "ip -o link",
      "ip -o addr",
      "ip rule; ip route show table all | sort; ip neigh show nud permanent"
    };
    NamespacePlan plan = dumpAndPlan(false);
    try (Returned returned = new Returned(plan)) {
      String tid = Integer.toString(returned.tid());
      String carrier = "while ip -o link | grep -e NO-CARRIER -e 'state DOWN'; do sleep 0.1; done";
      Container.run("timeout", "9", "nsenter", "-t", tid, "-n", "sh", "-c", carrier);
      for (String show : shows) {
        assertThat(Container.output("nsenter", "-t", tid, "-n", "sh", "-c", show))
            .isEqualTo(Container.output("nsenter", "-t", container.text(), "-n", "sh", "-c", show));
      }
    }
  }

  @Test
  void settingsOfTheNetworkThatDifferFromANewOneAreCarried() throws IOException {
    String set = "echo 77 > /proc/sys/net/ipv4/ip_default_ttl";
    Container.run("nsenter", "-t", container.text(), "-n", "sh", "-c", set);
    DumpOptions options = options().emptyNet(false);
    capture(options).check();
    CapturedImages images =
        new CapturedImages(ImageDirectory.at(Files.createDirectory(temp.resolve("images"))));
    capture(options).write(images, new SysvSegments());
    long id = images.ids(ImageType.NETNS).get(0);
    netns_setting setting =
        netns_setting.newBuilder().setName("net/ipv4/ip_default_ttl").setValue("77").build();
    assertThat(images.only(ImageType.NETNS, id, netns_entry.parser()).getSettingsList())
        .containsExactly(setting);
  }

  @Test
  void systemVObjectsComeBack() throws Exception {
    for (String kind : List.of("--queue", "--semaphore=3", "--shmem=5000")) {
      Container.run("nsenter", "-t", container.text(), "-i", "ipcmk", "--mode", "0640", kind);
    }
    String[] list = {"-q", "-s", "-m"};
    NamespacePlan plan = dumpAndPlan();
    try (Returned returned = new Returned(plan)) {
      String tid = Integer.toString(returned.tid());
      for (String kind : list) {
        assertThat(Container.output("nsenter", "-t", tid, "-i", "ipcs", kind))
            .contains(" 640 ")
            .isEqualTo(Container.output("nsenter", "-t", container.text(), "-i", "ipcs", kind));
      }
    }
  }

  @Test
  void aFileOnAForeignMountIsRefused() {
    assertThatThrownBy(() -> capture(options()).mounts().imageMountId("fd 7", 1_000_000))
        .isInstanceOf(UnsupportedException.class);
  }

  /** What a program sees of its mounts, but for numbers that the kernel chooses. */
  private List<String> mounts(int pid) {
    List<String> lines = new ArrayList<>();
    for (MountInfo mount : MountInfo.read(proc, pid)) {
      lines.add(
          String.join(
              " ",
              mount.root(),
              mount.mountPoint(),
              mount.options(),
              mount.type(),
              mount.source(),
              mount.superOptions(),
              mount.unbindable() ? "unbindable" : ""));
    }
    return lines;
  }

  /** For every peer group its members and their slaves. */
  private Set<String> groups(int pid) {
    Map<Integer, TreeSet<String>> groups = new HashMap<>();
    for (MountInfo mount : MountInfo.read(proc, pid)) {
      if (mount.sharedId() != 0) {
        groups.computeIfAbsent(mount.sharedId(), id -> new TreeSet<>()).add(mount.mountPoint());
      }
      if (mount.masterId() != 0) {
        groups
            .computeIfAbsent(mount.masterId(), id -> new TreeSet<>())
            .add("slave " + mount.mountPoint());
      }
    }
    TreeSet<String> all = new TreeSet<>();
    for (TreeSet<String> group : groups.values()) {
      all.add(group.toString());
    }
    return all;
  }

  /** A thread that ran the plan and waits. */
  private static final class Returned implements AutoCloseable {
    private final CountDownLatch ran = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread;
    private volatile int tid;
    private volatile Throwable failure;

    Returned(NamespacePlan plan) throws InterruptedException {
      ThreadPlan root = new ThreadPlan(1, 1);
      plan.plan(root, key -> -1);
      Program program = root.assemble();
      thread = new Thread(() -> run(plan, program));
      thread.start();
      ran.await();
      if (failure != null) {
        throw new AssertionError("the plan failed", failure);
      }
    }

    private void run(NamespacePlan plan, Program program) {
      try {
        tid = Unistd.gettid();
        long flags = plan.cloneFlags() & ~Integer.toUnsignedLong(NamespaceKind.PID.cloneFlag());
        assertThat(Syscall.raw(Nr.SYS_unshare, flags | CLONE_FS)).isZero();
        ProgramOnThread.run(program, (trap, task) -> assertThat(plan.atTrap(trap, task)).isTrue());
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
      ran.countDown();
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    int tid() {
      return tid;
    }

    @Override
    public void close() throws InterruptedException {
      end.countDown();
      thread.join();
    }
  }
}
