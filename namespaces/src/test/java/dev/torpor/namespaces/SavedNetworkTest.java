// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.DirectoryImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageType;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Clocks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads what CRIU 4.2.1 saved of network namespaces with a loopback device; nothing is called. */
class SavedNetworkTest {
  private static final int ID = 9;

  /** As CRIU leaves it when there is nothing of a kind; iptables then print nothing. */
  private static final List<String> PLAIN =
      List.of("ifaddr", "route", "route6", "rule", "nftables", "netns", "netdev");

  @TempDir Path images;

  @BeforeEach
  void writeImages() throws IOException {
    for (String kind : PLAIN) {
      record("", kind);
    }
    write(ImageType.IPTABLES, new byte[0]);
    write(ImageType.IP6TABLES, new byte[0]);
  }

  /** Puts one of the recorded images in its place. */
  private void record(String variant, String kind) throws IOException {
    String name = kind + "-" + ID + ".img";
    Files.write(images.resolve(name), Recorded.bytes("net-criu-4.2.1/" + variant + name));
  }

  private void write(ImageType type, byte[] content) throws IOException {
    Files.write(images.resolve(type.fileName(ID)), content);
  }

  private String plan(ReturnOptions options) throws IOException {
    ReturnedNamespace namespace =
        new ReturnedNamespace(
            DirectoryImages.of(ImageDirectory.at(images)),
            options,
            new Clocks(0, 0, 0),
            new Facts(),
            ID,
            true,
            -1);
    Program program = new Program("task 1");
    new NetNamespace().read(namespace).append(program);
    StringBuilder text = new StringBuilder();
    for (Op op : program.ops()) {
      text.append(op.purpose()).append('\n');
    }
    return text.toString();
  }

  private String plan() throws IOException {
    return plan(new ReturnOptions());
  }

  @Test
  void aLoopbackDeviceAndSettingsComeBack() throws IOException {
    assertThat(plan())
        .startsWith("bringing the loopback device up")
        .contains("setting sysctl net.ipv4.conf.all.forwarding to 0\n")
        .contains("setting sysctl net.ipv4.conf.lo.rp_filter to 2\n")
        .contains("setting sysctl net.ipv6.conf.lo.hop_limit to 33\n")
        .contains("setting sysctl net.ipv6.conf.all.use_tempaddr to 0\n")
        .contains("setting sysctl net.unix.max_dgram_qlen to 33\n")
        .contains("setting sysctl net.ipv4.ping_group_range to 0\t100\n")
        .doesNotContain("stable_secret", "MTU");
  }

  /** Setting this one changes the other, and one for all changes that of new devices. */
  @Test
  void settingsAreSetInAnOrder() throws IOException {
    assertThat(plan())
        .containsSubsequence(
            "net.ipv4.conf.all.forwarding",
            "net.ipv4.conf.all.accept_redirects",
            "net.ipv4.conf.default.forwarding",
            "net.ipv4.conf.lo.forwarding");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "drop- | iptables     | '\"-A OUTPUT -p tcp -m tcp --dport 99 -j DROP\" of table filter'",
        "drop- | ip6tables    | '\"-A OUTPUT -p tcp -m tcp --dport 99 -j DROP\" of table filter'",
        "drop- | nftables     | '\"tcp dport 99 drop\" of chain OUTPUT of table ip filter'"
      })
  void refusesWhatWouldBeLost(String variant, String kind, String what) throws IOException {
    record(variant, kind);
    assertThatThrownBy(this::plan)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(kind + "-9.img: " + what)
        .hasMessageContaining("--empty-ns net")
        .hasMessageContaining("restore with CRIU");
    assertThat(plan(new ReturnOptions().emptyNet(true)))
        .contains("bringing the loopback device up")
        .doesNotContain("sysctl");
  }

  /** CRIU saves the network when it has locked it. */
  @ParameterizedTest
  @ValueSource(strings = {"iptables", "nftables"})
  void looksThroughTheLock(String kind) throws IOException {
    record("lock-", kind);
    assertThat(plan()).contains("loopback");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "table inet filter {\n}\n",
        "table ip filter {\n\tchain INPUT {\n\t\tcounter packets 0 bytes 0 drop\n\t}\n}\n",
        "table ip filter {\n\tchain FORWARD {\n\t}\n}\n",
        "table ip filter {\n\tcounter packets {\n\t\tpackets 0 bytes 0\n\t}\n}\n",
      })
  void refusesWhatOnlyLooksLikeTheLock(String text) throws IOException {
    write(ImageType.NFTABLES, text.getBytes(US_ASCII));
    assertThatThrownBy(this::plan).isInstanceOf(UnsupportedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"*filter\n:FORWARD DROP [0:0]\n", "*nat\n-A INPUT -j CRIU\n", "*nat\n:A -"})
  void refusesOtherChainsOfIptables(String text) throws IOException {
    write(ImageType.IP6TABLES, text.getBytes(US_ASCII));
    assertThatThrownBy(this::plan).isInstanceOf(UnsupportedException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "address- | ifaddr   | giving device 1 the address 10.9.8.7/32",
        "blackhole- | route  | making the route to 10.1.0.0/16",
        "blackhole- | route6 | making the route to fd01:0:0:0:0:0:0:0/64",
        "added- | rule       | making the routing rule of priority 32765",
      })
  void whatCriuSavedComesBack(String variant, String kind, String what) throws IOException {
    record(variant, kind);
    assertThat(plan()).contains(what + "\n").doesNotContain("127.0.0.1", "deleting");
    assertThat(plan(new ReturnOptions().emptyNet(true))).doesNotContain("making", "giving");
  }

  @Test
  void aRuleThatWasDeletedIsDeletedAgain() throws IOException {
    byte[] rules = Recorded.bytes("net-criu-4.2.1/rule-9.img");
    write(ImageType.RULE, Arrays.copyOf(rules, 4 + 0x34 + 0x3c));
    assertThat(plan())
        .contains("deleting the routing rule of priority 32767")
        .doesNotContain("priority 32766", "priority 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NETNF_CT", "NETNF_EXP"})
  void refusesTrackedConnections(ImageType type) throws IOException {
    write(type, new byte[0]);
    assertThat(plan()).contains("loopback");
    write(type, new byte[20]);
    assertThatThrownBy(this::plan)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(type.fileName(ID));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 19, 40, 100, 159})
  void aFileThatWasCutOffIsDamaged(int length) throws IOException {
    write(ImageType.IFADDR, Arrays.copyOf(Recorded.bytes("net-criu-4.2.1/ifaddr-9.img"), length));
    assertThatThrownBy(this::plan)
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("ifaddr-9.img");
  }

  @Test
  void aFileOfAnotherKindIsDamaged() throws IOException {
    write(ImageType.ROUTE, Recorded.bytes("net-criu-4.2.1/rule-9.img"));
    assertThatThrownBy(this::plan)
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("0x45311224");
  }

  @Test
  void aFileOfSuchALengthIsNotRead() throws IOException {
    write(ImageType.NFTABLES, new byte[(1 << 20) + 1]);
    assertThatThrownBy(this::plan)
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("nftables-9.img")
        .hasMessageContaining("1048577");
  }
}
