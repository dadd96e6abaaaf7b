// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.inet_sk_entry;

/** Sockets of TCP and UDP in the words of ss(8). */
final class InetText {
  private InetText() {}

  static String connection(inet_sk_entry socket) {
    String remote = socket.getDstPort() == 0 ? "" : " -> " + remote(socket);
    return kind(socket) + ' ' + state(socket) + ' ' + local(socket) + remote;
  }

  static String kind(inet_sk_entry socket) {
    return FieldText.of(socket, "proto");
  }

  static String state(inet_sk_entry socket) {
    return FieldText.of(socket, "state");
  }

  static String local(inet_sk_entry socket) {
    return address(FieldText.of(socket, "src_addr"), socket.getSrcPort());
  }

  static String remote(inet_sk_entry socket) {
    return address(FieldText.of(socket, "dst_addr"), socket.getDstPort());
  }

  private static String address(String address, int port) {
    return (address.indexOf(':') < 0 ? address : '[' + address + ']') + ':' + port;
  }
}
