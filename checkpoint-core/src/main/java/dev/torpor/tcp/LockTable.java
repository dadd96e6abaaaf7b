// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Netlink;
import dev.torpor.linux.NftBatch;
import dev.torpor.linux.Nftables;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Tcp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A table of nftables that drops what is sent over some connections, both ways, but for packets
 * with {@link #MARK}. It has the names and the shape of that which CRIU makes for {@code
 * --network-lock nftables} (criu/netfilter.c), so that either finds the other's.
 */
final class LockTable {
  /** What a restore marks its own packets with: SOCCR_MARK of CRIU's soccr/soccr.h. */
  static final int MARK = 0xc114;

  private static final int CREATE = Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;

  /** What nft(8) shows the keys as: types of libnftables, six bits each. */
  private static final int TYPE_V4 = 7;

  private static final int TYPE_V6 = 8;
  private static final int TYPE_PORT = 13;
  private static final int TYPE_BITS = 6;

  /** Where IPv4 and IPv6 have the source address; the destination's is behind it. */
  private static final int SOURCE_V4 = 12;

  private static final int SOURCE_V6 = 8;

  private final NftBatch batch;
  private final String name;

  /** Writes into a batch. */
  LockTable(NftBatch batch, String name) {
    this.batch = batch;
    this.name = name;
  }

  private NftBatch begin(int type, int flags) {
    return batch.message(type, flags, Nftables.NFPROTO_INET);
  }

  /**
   * Makes the table, which holds nothing yet.
   *
   * @param flags NFT_TABLE_F_*
   */
  void make(int flags) {
    begin(Nftables.NFT_MSG_NEWTABLE, CREATE)
        .text(Nftables.NFTA_TABLE_NAME, name)
        .number(Nftables.NFTA_TABLE_FLAGS, flags);
    set("conns4", 1, TYPE_V4, 4);
    set("conns6", 2, TYPE_V6, 16);
    chain("output", Nftables.NF_INET_LOCAL_OUT);
    chain("input", Nftables.NF_INET_LOCAL_IN);
  }

  /** Removes the table with all that is in it. */
  void remove() {
    begin(Nftables.NFT_MSG_DELTABLE, 0).text(Nftables.NFTA_TABLE_NAME, name);
  }

  /** Drops the packets of these from now on. */
  void add(List<Connection> connections) {
    for (Connection connection : connections) {
      String set = connection.family() == Socket.AF_INET ? "conns4" : "conns6";
      begin(Nftables.NFT_MSG_NEWSETELEM, Netlink.NLM_F_CREATE)
          .text(Nftables.NFTA_SET_ELEM_LIST_TABLE, name)
          .text(Nftables.NFTA_SET_ELEM_LIST_SET, set)
          .nested(
              Nftables.NFTA_SET_ELEM_LIST_ELEMENTS,
              () -> {
                element(connection.key());
                element(connection.reversed().key());
              });
    }
  }

  private void element(byte[] key) {
    batch.nested(
        Nftables.NFTA_LIST_ELEM,
        () ->
            batch.nested(
                Nftables.NFTA_SET_ELEM_KEY, () -> batch.bytes(Nftables.NFTA_DATA_VALUE, key)));
  }

  private void set(String set, int id, int addressType, int addressBytes) {
    int end = (addressType << TYPE_BITS) | TYPE_PORT;
    begin(Nftables.NFT_MSG_NEWSET, CREATE)
        .text(Nftables.NFTA_SET_TABLE, name)
        .text(Nftables.NFTA_SET_NAME, set)
        .number(Nftables.NFTA_SET_ID, id)
        .number(Nftables.NFTA_SET_KEY_TYPE, (end << (2 * TYPE_BITS)) | end)
        .number(Nftables.NFTA_SET_KEY_LEN, 2 * (addressBytes + Integer.BYTES));
  }

  private void chain(String chain, int hook) {
    begin(Nftables.NFT_MSG_NEWCHAIN, CREATE)
        .text(Nftables.NFTA_CHAIN_TABLE, name)
        .text(Nftables.NFTA_CHAIN_NAME, chain)
        .nested(
            Nftables.NFTA_CHAIN_HOOK,
            () ->
                batch
                    .number(Nftables.NFTA_HOOK_HOOKNUM, hook)
                    .number(Nftables.NFTA_HOOK_PRIORITY, 0))
        .text(Nftables.NFTA_CHAIN_TYPE, "filter");
    byte[] mark =
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(MARK).array();
    rule(
        chain,
        () -> {
          metaIs(Nftables.NFT_META_MARK, mark);
          verdict(Nftables.NF_ACCEPT);
        });
    rule(chain, () -> dropIn("conns4", Nftables.NFPROTO_IPV4, SOURCE_V4, 4));
    rule(chain, () -> dropIn("conns6", Nftables.NFPROTO_IPV6, SOURCE_V6, 16));
  }

  private void rule(String chain, Runnable expressions) {
    begin(Nftables.NFT_MSG_NEWRULE, Netlink.NLM_F_CREATE | Netlink.NLM_F_APPEND)
        .text(Nftables.NFTA_RULE_TABLE, name)
        .text(Nftables.NFTA_RULE_CHAIN, chain)
        .nested(Nftables.NFTA_RULE_EXPRESSIONS, expressions);
  }

  private void dropIn(String set, int family, int sourceAt, int addressBytes) {
    metaIs(Nftables.NFT_META_NFPROTO, new byte[] {(byte) family});
    metaIs(Nftables.NFT_META_L4PROTO, new byte[] {Tcp.IPPROTO_TCP});
    int source = Nftables.NFT_REG32_00;
    int destination = source + addressBytes / Integer.BYTES + 1;
    int network = Nftables.NFT_PAYLOAD_NETWORK_HEADER;
    int transport = Nftables.NFT_PAYLOAD_TRANSPORT_HEADER;
    payload(source, network, sourceAt, addressBytes);
    payload(destination - 1, transport, 0, Short.BYTES);
    payload(destination, network, sourceAt + addressBytes, addressBytes);
    payload(destination + addressBytes / Integer.BYTES, transport, Short.BYTES, Short.BYTES);
    expression(
        "lookup",
        () -> batch.text(Nftables.NFTA_LOOKUP_SET, set).number(Nftables.NFTA_LOOKUP_SREG, source));
    verdict(Nftables.NF_DROP);
  }

  private void expression(String kind, Runnable data) {
    batch.nested(
        Nftables.NFTA_LIST_ELEM,
        () -> batch.text(Nftables.NFTA_EXPR_NAME, kind).nested(Nftables.NFTA_EXPR_DATA, data));
  }

  private void metaIs(int key, byte[] value) {
    expression(
        "meta",
        () ->
            batch
                .number(Nftables.NFTA_META_DREG, Nftables.NFT_REG32_00)
                .number(Nftables.NFTA_META_KEY, key));
    expression(
        "cmp",
        () ->
            batch
                .number(Nftables.NFTA_CMP_SREG, Nftables.NFT_REG32_00)
                .number(Nftables.NFTA_CMP_OP, Nftables.NFT_CMP_EQ)
                .nested(
                    Nftables.NFTA_CMP_DATA, () -> batch.bytes(Nftables.NFTA_DATA_VALUE, value)));
  }

  private void payload(int register, int base, int offset, int lengthBytes) {
    expression(
        "payload",
        () ->
            batch
                .number(Nftables.NFTA_PAYLOAD_DREG, register)
                .number(Nftables.NFTA_PAYLOAD_BASE, base)
                .number(Nftables.NFTA_PAYLOAD_OFFSET, offset)
                .number(Nftables.NFTA_PAYLOAD_LEN, lengthBytes));
  }

  private void verdict(int code) {
    expression(
        "immediate",
        () ->
            batch
                .number(Nftables.NFTA_IMMEDIATE_DREG, Nftables.NFT_REG_VERDICT)
                .nested(
                    Nftables.NFTA_IMMEDIATE_DATA,
                    () ->
                        batch.nested(
                            Nftables.NFTA_DATA_VERDICT,
                            () -> batch.number(Nftables.NFTA_VERDICT_CODE, code))));
  }
}
