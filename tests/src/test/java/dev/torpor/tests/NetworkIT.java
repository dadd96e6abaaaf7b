// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs in a network namespace that has a loopback device and what a command puts beside it. */
class NetworkIT {
  private static final String SETTINGS =
      "sysctl -q net.ipv4.conf.all.forwarding=1 net.ipv4.conf.all.accept_redirects=1"
          + " net.ipv4.conf.default.forwarding=0 net.ipv4.conf.lo.rp_filter=2"
          + " net.ipv4.conf.lo.disable_policy=0"
          + " net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.hop_limit=33"
          + " net.ipv6.conf.lo.mtu=1300 net.unix.max_dgram_qlen=44"
          + " net.ipv4.ping_group_range='0 100'";

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  private static Subject after(String commands) {
    StatusFileSubject plain = StatusFileSubject.compiled("threads", "2");
    List<String> command =
        new ArrayList<>(
            List.of(
                "/usr/bin/unshare",
                "--net",
                "/bin/sh",
                "-ec",
                "ip link set lo up; " + commands + "; exec \"$@\"",
                "sh"));
    command.addAll(plain.program());
    return new StatusFileSubject("threads", command, true, true);
  }

  /** Addresses, the device, and all settings that a fresh namespace of this kernel has too. */
  private static String networkOf(Running running) throws IOException {
    Path output = running.directory.resolve("network");
    String commands =
        "ip -o link; ip -o addr; cd /proc/sys/net;"
            + " grep -r . ipv4/conf ipv6/conf unix ipv4/ping_group_range 2>/dev/null | sort";
    List<String> command =
        List.of("nsenter", "-t", Long.toString(running.root), "-n", "sh", "-c", commands);
    assertThat(running.keeper.run(running.directory, output, command)).isZero();
    String network = Files.readString(output);
    Files.delete(output);
    return network;
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void settingsComeBack(Engine dumper, Engine restorer) throws IOException {
    try (Running running = new Running(after("ip link set lo mtu 1400; " + SETTINGS))) {
      String network = networkOf(running);
      assertThat(network).contains("mtu 1400", "lo/rp_filter:2", "unix/max_dgram_qlen:44");
      dumper.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      restorer.restore(running.keeper, running.images).assertSucceeded();
      running.awaitReport();
      assertThat(networkOf(running)).isEqualTo(network);
    }
  }

  @Test
  void imagesAreThoseOfCriu() throws IOException {
    try (Running running = new Running(after(SETTINGS))) {
      List<netns_entry> settings = new ArrayList<>();
      List<net_device_entry> devices = new ArrayList<>();
      // CRIU leaves chains of iptables behind, which Torpor's dump would refuse.
      for (Engine engine : List.of(Engine.TORPOR, Engine.CRIU)) {
        Path images = Files.createDirectory(running.directory.resolve(engine.name()));
        engine.dump(running.keeper, running.root, images, "--leave-running").assertSucceeded();
        DirectoryImages read = DirectoryImages.of(ImageDirectory.at(images));
        long id = read.ids(ImageType.NETNS).get(0);
        settings.add(read.only(ImageType.NETNS, id, netns_entry.parser()));
        devices.add(read.only(ImageType.NETDEV, id, net_device_entry.parser()));
      }
      assertThat(settings.get(0)).isEqualTo(settings.get(1));
      assertThat(devices.get(0)).isEqualTo(devices.get(1));
    }
  }

  /** What CRIU brings back and Torpor does not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "iptables-legacy -A OUTPUT -p tcp --dport 99 -j DROP | iptables- | --dport 99 -j DROP",
        "ip6tables-legacy -A OUTPUT -p tcp --dport 99 -j DROP | ip6tables- | --dport 99 -j DROP",
        "iptables-nft -A OUTPUT -p tcp --dport 99 -j DROP | nftables- | tcp dport 99 drop",
      })
  void refusesWhatCriuSaved(String command, String image, String what) throws IOException {
    try (Running running = new Running(after(command))) {
      Engine.CRIU.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.TORPOR
          .restore(running.keeper, running.images)
          .assertRefused(image, what, "--empty-ns net", "restore with CRIU");
      assertThat(running.keeper.children()).isEmpty();
      Engine.TORPOR.restore(running.keeper, running.images, "--empty-ns", "net").assertSucceeded();
      running.awaitReport();
    }
  }

  /**
   * Settings that CRIU's images have no place for, of which some can only be set behind others: the
   * ports that anybody may have must not begin above those that the kernel chooses.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipv4.ip_unprivileged_port_start=300 net.ipv4.ip_local_port_range='500 900'",
        "ipv4.ip_local_port_range='50000 60000' net.ipv4.ip_unprivileged_port_start=40000",
        "ipv4.ipfrag_low_thresh=98 net.ipv4.ipfrag_high_thresh=99",
        "ipv6.conf.all.addr_gen_mode=1 net.ipv6.conf.lo.addr_gen_mode=0",
        "core.somaxconn=77 net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_rmem='4000 5000 6000'"
            + " net.ipv4.tcp_fin_timeout=11 net.ipv4.tcp_keepalive_time=99 net.ipv4.tcp_wmem='1 2"
            + " 3' net.ipv4.ip_local_reserved_ports=8080,9000-9010 net.ipv6.bindv6only=1"
            + " net.ipv4.neigh.lo.base_reachable_time_ms=12345",
      })
  void allOtherSettingsComeBackTwice(String settings) throws IOException {
    try (Running running = new Running(after("sysctl -q net." + settings))) {
      String network = allSettingsOf(running);
      for (int generation = 0; generation < 2; generation++) {
        Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
        running.awaitGone();
        running.subject.forget(running.directory);
        Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
        running.awaitReport();
        assertThat(allSettingsOf(running)).isEqualTo(network);
      }
    }
  }

  private static String allSettingsOf(Running running) throws IOException {
    Path output = running.directory.resolve("settings");
    String commands = "cd /proc/sys/net; grep -r . . 2>/dev/null | sort";
    List<String> command =
        List.of("nsenter", "-t", Long.toString(running.root), "-n", "sh", "-c", commands);
    assertThat(running.keeper.run(running.directory, output, command)).isZero();
    String settings = Files.readString(output);
    Files.delete(output);
    return settings;
  }

  /**
   * A table of sockets has the size that the namespace around it gives those that are made in it.
   */
  @Test
  void aSettingThatNobodyCanWriteIsRefused() {
    String within = "sysctl -q net.ipv4.tcp_child_ehash_entries=512; exec unshare --net \"$@\"";
    try (Running running = new Running(after(within))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("net.ipv4.tcp_ehash_entries = 512", "--empty-ns net");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** CRIU passes over what it has no place for. */
  @Test
  void criuRestoresWithoutThem() throws IOException {
    try (Running running = new Running(after("sysctl -q net.core.somaxconn=77"))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.CRIU.restore(running.keeper, running.images).assertSucceeded();
      running.awaitReport();
    }
  }

  /** The restorer gets its network from elsewhere, as with Docker; the settings are the tree's. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void settingsComeBackIntoAnEmptyNamespace(Engine dumper, Engine restorer) throws IOException {
    try (Running running = new Running(after("sysctl -q net.ipv4.ip_unprivileged_port_start=0"))) {
      String[] empty = {"--empty-ns", "net"};
      dumper.dump(running.keeper, running.root, running.images, empty).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      restorer.restore(running.keeper, running.images, empty).assertSucceeded();
      running.awaitReport();
      boolean both = dumper == Engine.TORPOR && restorer == Engine.TORPOR;
      assertThat(allSettingsOf(running))
          .contains("./ipv4/ip_unprivileged_port_start:" + (both ? "0\n" : "1024\n"));
    }
  }
}
