// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Both ends of a TCP connection, as packets name them: of IPv4 too if the socket is one of IPv6
 * with mapped addresses.
 */
public final class Connection {
  private static final int V4_BYTES = 4;
  private static final int V6_BYTES = 16;
  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private final byte[] localIp;
  private final int localPort;
  private final byte[] remoteIp;
  private final int remotePort;

  /** Takes addresses of 4 or 16 bytes. */
  public Connection(byte[] localIp, int localPort, byte[] remoteIp, int remotePort) {
    boolean mapped = isMapped(remoteIp);
    this.localIp = mapped ? unmapped(localIp) : localIp.clone();
    this.localPort = localPort;
    this.remoteIp = mapped ? unmapped(remoteIp) : remoteIp.clone();
    this.remotePort = remotePort;
  }

  private static boolean isMapped(byte[] ip) {
    return ip.length == V6_BYTES && Arrays.equals(Arrays.copyOf(ip, MAPPED.length), MAPPED);
  }

  private static byte[] unmapped(byte[] ip) {
    return Arrays.copyOfRange(ip, MAPPED.length, V6_BYTES);
  }

  /** AF_INET or AF_INET6. */
  public int family() {
    return localIp.length == V4_BYTES ? Socket.AF_INET : Socket.AF_INET6;
  }

  /** This end. */
  public byte[] localIp() {
    return localIp.clone();
  }

  /** This end. */
  public int localPort() {
    return localPort;
  }

  /** The other end. */
  public byte[] remoteIp() {
    return remoteIp.clone();
  }

  /** The other end. */
  public int remotePort() {
    return remotePort;
  }

  /** The same as the peer sees it. */
  public Connection reversed() {
    return new Connection(remoteIp, remotePort, localIp, localPort);
  }

  /** Source and destination of what this end sends, each address followed by its port. */
  byte[] key() {
    int each = localIp.length + Integer.BYTES;
    ByteBuffer key = ByteBuffer.allocate(2 * each);
    key.put(localIp).putShort((short) localPort);
    key.position(each);
    key.put(remoteIp).putShort((short) remotePort);
    return key.array();
  }
}
