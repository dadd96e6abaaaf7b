// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

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

/**
 * Trees in a network namespace of their own with more than loopback. The outside, where the engines
 * run, is another namespace that the test makes, with a bridge: nothing of the machine's is
 * touched.
 */
class OwnNetworkIT {
  private static final String INSIDE = "10.77.0.2";
  private static final String DEVICE = "veth[eth0]:host0@br0";

  private static final String OUTSIDE =
      "ip link set lo up; ip link add br0 type bridge; ip link set br0 up;"
          + " ip addr add 10.77.0.1/24 dev br0; ip addr add fd77::1/64 dev br0 nodad;"
          // The bridge has a carrier whatever else is on it.
          + " ip link add c0 index 100 type veth peer name c1 index 101; ip link set c1 up;"
          + " ip link set c0 master br0 up";

  /** What CRIU's images have room for. */
  private static final String PLAIN =
      "ip addr add 10.77.0.2/24 dev eth0; ip addr add fd77::2/64 dev eth0 nodad;"
          + " ip link set lo up; ip link set eth0 up; ip route add default via 10.77.0.1;"
          + " ip -6 route add default via fd77::1; ip rule add from 10.77.0.2 table 77 pref 1000;"
          + " ip route add blackhole 10.81.0.0/16; sysctl -q net.ipv4.conf.eth0.rp_filter=2"
          + " net.ipv4.conf.all.forwarding=1 net.ipv6.conf.eth0.hop_limit=33;"
          // Until the search for others with the address the kernel has made is over.
          + " while ip addr show tentative | grep -q tentative; do sleep 0.1; done";

  /** And what they have not. */
  private static final String MORE =
      "; ip route add 10.99.0.0/16 via 10.77.0.1 table 77; ip rule del table default;"
          + " ip rule add fwmark 5 iif eth0 table 99 pref 200;"
          + " ip -6 rule add from fd77::2 table 77 pref 1001;"
          + " ip -6 route add fd82::/64 nexthop via fd77::1 nexthop via fd77::3;"
          + " ip route add 10.82.0.0/16 dev eth0 metric 100 mtu 1000 src 10.77.0.2;"
          + " ip neigh add 10.77.0.9 lladdr 02:00:00:00:00:09 dev eth0;"
          + " ip neigh add proxy 10.77.0.77 dev eth0;"
          + " ip link set eth0 alias 'to the outside' txqueuelen 500;"
          + " ip link set lo txqueuelen 777;"
          + " sysctl -q net.ipv4.neigh.eth0.base_reachable_time_ms=12345;"
          + " ip link add br7 type bridge ageing_time 12300;"
          // It would look for who else has an address of its own, and find its port at times.
          + " sysctl -q net.ipv6.conf.br7.addr_gen_mode=1; ip link set br7 up;"
          + " ip link add va mtu 1400 type veth peer name vb;"
          // The address that the kernel makes for a port is the bridge's, too: one would have it.
          + " sysctl -q net.ipv6.conf.va.disable_ipv6=1; ip link set va master br7 up;"
          + " ip link set vb up; bridge link set dev va cost 77 hairpin on;"
          + " ip addr add 10.79.0.1/24 dev br7;"
          + " ip route add 10.80.0.0/16 nexthop via 10.77.0.1 weight 2 nexthop dev br7;"
          + " ip link add link vb name mv type macvlan mode private; ip link set mv up;"
          + " while ip addr show tentative | grep -q tentative; do sleep 0.1; done";

  /** Names of devices outside, and what changes while nothing is done. */
  private static final String SHOW =
      "(ip -o -d link | sed -E 's/@if[0-9]+/@outside/; s/[a-z_]+_timer +[0-9.]+//g'; ip -o addr; ip"
          + " rule; ip -6 rule; ip route show table all | sort; ip -6 route show table all | sort;"
          + " ip neigh show nud permanent; ip neigh show proxy; cd /proc/sys/net; grep -r ."
          + " ipv4/conf ipv6/conf ipv4/neigh ipv6/neigh 2>/dev/null | sort)";

  static Stream<Arguments> enginePairs() {
    return PodmanIT.enginePairs();
  }

  /** The outside, a tree inside, and who talks to it. */
  private static final class Lab implements AutoCloseable {
    final Holder holder = new Holder();
    private final String net = holder.path("net");
    private final Running running;

    Lab(String commands, List<String> program) throws IOException {
      outside(OUTSIDE);
      String inside =
          "NET="
              + net
              + "; nsenter --net=$NET sh -ec \"ip link add host0 type veth peer name eth0 netns $$;"
              + " ip link set host0 master br0 up\"; "
              + commands
              + "; exec \"$@\"";
      List<String> command = new ArrayList<>(enter());
      command.addAll(List.of("/usr/bin/unshare", "--net", "/bin/sh", "-ec", inside, "sh"));
      command.addAll(program);
      running = new Running(new StatusFileSubject("inside", command, true, false));
    }

    List<String> enter() {
      return List.of("/usr/bin/nsenter", "--net=" + net);
    }

    void outside(String commands) throws IOException {
      output(List.of("--net=" + net), commands);
    }

    /** What the tree has of a network. */
    String network() throws IOException {
      return output(List.of("-t", Long.toString(running.root), "-n"), SHOW);
    }

    private String output(List<String> where, String commands) throws IOException {
      Path output = Files.createTempFile("torpor-net-", "");
      try (Keeper keeper = new Keeper()) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/nsenter"));
        command.addAll(where);
        command.addAll(List.of("/bin/sh", "-ec", commands));
        assertThat(keeper.run(output.getParent(), output, command))
            .as("%s: %s", commands, Files.readString(output))
            .isZero();
        return Files.readString(output);
      } finally {
        Files.delete(output);
      }
    }

    Engine.Outcome dump(Engine engine, String... options) {
      List<String> arguments = new ArrayList<>(List.of("dump", "-t", Long.toString(running.root)));
      arguments.addAll(List.of("-D", running.images.toString(), "-v4", "-o", "dump.log"));
      arguments.addAll(List.of("--tcp-established"));
      arguments.addAll(List.of(options));
      return engine.runAfter(
          List.of(), enter(), running.keeper, running.images, "dump.log", arguments);
    }

    /** The namespace is taken down a moment after the tree has ended. */
    void awaitGone() {
      running.awaitGone();
      running.subject.forget(running.directory);
      Wait.until("the pair of devices is gone", () -> !hasDevice("host0"));
    }

    boolean hasDevice(String name) {
      try {
        return output(List.of("--net=" + net), "ip -o link").contains(": " + name + "@");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    Engine.Outcome restore(Engine engine, String... options) {
      List<String> arguments = new ArrayList<>(List.of("restore", "-d", "-v4"));
      arguments.addAll(List.of("-D", running.images.toString(), "-o", "restore.log"));
      arguments.addAll(List.of("--tcp-established"));
      arguments.addAll(List.of(options));
      return engine.runAfter(
          List.of(), enter(), running.keeper, running.images, "restore.log", arguments);
    }

    void restart(Engine dumper, Engine restorer) {
      dump(dumper, "--external", DEVICE).assertSucceeded();
      awaitGone();
      restore(restorer, "--external", DEVICE).assertSucceeded();
      running.awaitReport();
    }

    @Override
    public void close() {
      running.close();
      holder.close();
    }
  }

  private static List<String> echo() {
    String source = Settings.source("programs/echo.py").toString();
    return List.of("/usr/bin/python3", source, "DIR", INSIDE);
  }

  private static List<String> threads() {
    return List.of(Settings.program("threads").toString(), "DIR", "2");
  }

  /** A second time only if the first restore was Torpor's: CRIU's leaves tables of nftables. */
  private static int rounds(Engine restorer) {
    return restorer == Engine.TORPOR ? 2 : 1;
  }

  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void aClientOutsideGoesOn(Engine dumper, Engine restorer) throws IOException {
    try (Lab lab = new Lab(PLAIN, echo())) {
      String port = lab.running.state().substring("state=".length());
      List<String> client = new ArrayList<>(lab.enter());
      String source = Settings.source("programs/echo-client.py").toString();
      client.addAll(List.of("/usr/bin/python3", source, "DIR", INSIDE, port));
      String network = lab.network();
      assertThat(network).contains("default via 10.77.0.1", "fd77::2/64", "lookup 77");
      try (Running outside = new Running(new StatusFileSubject("client", client, true, false))) {
        for (int round = 0; round < rounds(restorer); round++) {
          outside.awaitProgress(outside.progress(), 20);
          lab.restart(dumper, restorer);
          outside.awaitProgress(outside.progress(), 20);
          if (restorer == Engine.TORPOR) {
            assertThat(lab.network()).isEqualTo(network);
          }
        }
      }
    }
  }

  /** CRIU's images have no room for some of it. */
  @Test
  void allOfItComesBackTwice() throws IOException {
    try (Lab lab = new Lab(PLAIN + MORE, threads())) {
      String network = lab.network();
      assertThat(network)
          .contains(
              "to the outside",
              "qlen 500",
              "qlen 777",
              "cost 77",
              "ageing_time 12300",
              "mode private")
          .contains("10.99.0.0/16 via", "1001:\tfrom fd77::2 lookup 77", "10.77.0.77 dev eth0");
      for (int round = 0; round < 2; round++) {
        lab.restart(Engine.TORPOR, Engine.TORPOR);
        Wait.until("the devices have their carrier", () -> carrier(lab));
        assertThat(lab.network()).isEqualTo(network);
      }
    }
  }

  private static boolean carrier(Lab lab) {
    try {
      return !lab.network().contains("state DOWN") && !lab.network().contains(" linkdown");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What Torpor writes beyond CRIU's images does CRIU no harm, and most of it comes back. */
  @Test
  void criuRestoresMoreThanItSaves() throws IOException {
    try (Lab lab =
        new Lab(PLAIN + MORE.substring(0, MORE.indexOf("; ip link add br7")), threads())) {
      lab.restart(Engine.TORPOR, Engine.CRIU);
      assertThat(lab.network())
          .contains("10.99.0.0/16 via", "1001:\tfrom fd77::2 lookup 77", "fwmark 0x5 iif eth0");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ip link add vx type vxlan id 4 dstport 4789 | the device vx of kind vxlan",
        "ip tuntap add tun7 mode tun | the device tun7 of kind tun",
        "ip link property add dev eth0 altname other | has other names",
        "tc qdisc add dev eth0 root handle 7: pfifo limit 9 | queueing discipline pfifo of eth0",
        "ip link set eth0 up; ip nexthop add id 5 dev eth0 | a next hop of its own",
        "ip xfrm policy add src 10.1.1.1 dst 10.1.1.2 dir out | what IPsec does",
        "sysctl -q net.ipv6.conf.eth0.mtu=1300 | an MTU of IPv6 that is not its own",
        "ip -6 rule del table main | a routing rule of IPv6 was deleted",
      })
  void whatIsNotCarriedIsRefused(String command, String what) throws IOException {
    try (Lab lab = new Lab(command, threads())) {
      lab.dump(Engine.TORPOR, "--external", DEVICE).assertRefused(what, "--empty-ns net");
      lab.running.awaitProgress(lab.running.progress(), 3);
      assertThat(lab.hasDevice("host0")).isTrue();
    }
  }

  /** Where a device leads is said, and is there, before anything is made. */
  @Test
  void whereADeviceLeadsMustBeSaid() throws IOException {
    try (Lab lab = new Lab(PLAIN, threads())) {
      lab.dump(Engine.TORPOR).assertSucceeded();
      lab.awaitGone();
      lab.restore(Engine.TORPOR)
          .assertRefused("network device eth0 leads outside", "--external veth[eth0]:NAME@BRIDGE");
      lab.restore(Engine.TORPOR, "--veth-pair", "eth0=host0@br9")
          .assertRefused("network device eth0", "br9", "ENODEV");
      assertThat(lab.hasDevice("host0")).isFalse();
      lab.restore(Engine.TORPOR, "--veth-pair", "eth0=host0@br0").assertSucceeded();
      lab.running.awaitReport();
      assertThat(lab.hasDevice("host0")).isTrue();
    }
  }

  /** Another device on the outside's bridge; without the pair, whose place is then not said. */
  @ParameterizedTest(name = "{0} to {1}")
  @MethodSource("enginePairs")
  void aMacvlanComesBack(Engine dumper, Engine restorer) throws IOException {
    String commands =
        "ip link del eth0; nsenter --net=$NET ip link add link br0 name mv0 netns $$"
            + " type macvlan mode bridge; ip addr add 10.77.0.7/24 dev mv0; ip link set mv0 up";
    String[] option = {"--external", "macvlan[mv0]:br0"};
    try (Lab lab = new Lab(commands, threads())) {
      String before = lab.network();
      assertThat(before).contains("3: mv0@outside", "macvlan mode bridge", "10.77.0.7/24");
      lab.dump(dumper, option).assertSucceeded();
      lab.awaitGone();
      lab.restore(restorer, option).assertSucceeded();
      lab.running.awaitReport();
      assertThat(lab.network()).contains("3: mv0@outside", "macvlan mode bridge", "10.77.0.7/24");
    }
  }

  /** Killed when the devices were made, it leaves none of them. */
  @ParameterizedTest
  @CsvSource({"setup-namespaces", "post-restore", "pre-resume"})
  void killedItLeavesNothing(String step) throws IOException {
    try (Lab lab = new Lab(PLAIN, threads())) {
      lab.dump(Engine.TORPOR, "--external", DEVICE).assertSucceeded();
      lab.awaitGone();
      Path script = lab.running.directory.resolve("kill");
      Files.writeString(
          script, "#!/bin/sh\n[ $CRTOOLS_SCRIPT_ACTION != " + step + " ] || kill -9 $PPID\n");
      assertThat(script.toFile().setExecutable(true)).isTrue();
      Engine.Outcome outcome =
          lab.restore(Engine.TORPOR, "--external", DEVICE, "--action-script", script.toString());
      assertThat(outcome.exitCode()).as("%s", outcome).isNotZero();
      Wait.until("all are gone", () -> lab.running.keeper.children().isEmpty());
      Wait.until("the pair of devices is gone", () -> !lab.hasDevice("host0"));
      lab.restore(Engine.TORPOR, "--external", DEVICE).assertSucceeded();
      lab.running.awaitReport();
    }
  }
}
