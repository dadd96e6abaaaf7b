// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** An address of IPv4 or IPv6 as people write it. */
final class IpText {
  private IpText() {}

  /** The text of 4 or 16 bytes; of others that they are none. */
  static String of(byte[] address) {
    try {
      return InetAddress.getByAddress(address == null ? new byte[0] : address).getHostAddress();
    } catch (UnknownHostException e) {
      return "of " + (address == null ? 0 : address.length) + " bytes";
    }
  }
}
