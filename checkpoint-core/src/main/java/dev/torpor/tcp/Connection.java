// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import java.net.InetAddress;
import java.net.UnknownHostException;
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
  private final boolean mapped;

  /** Takes addresses of 4 or 16 bytes. */
  public Connection(byte[] localIp, int localPort, byte[] remoteIp, int remotePort) {
    mapped = isMapped(remoteIp);
    this.localIp = mapped ? unmapped(localIp) : localIp.clone();
    this.localPort = localPort;
    this.remoteIp = mapped ? unmapped(remoteIp) : remoteIp.clone();
    this.remotePort = remotePort;
  }

  /** Takes two struct sockaddr_in or sockaddr_in6. */
  static Connection of(byte[] local, byte[] remote) {
    return new Connection(
        Sockaddr.ip(local), Sockaddr.port(local), Sockaddr.ip(remote), Sockaddr.port(remote));
  }

  private static boolean isMapped(byte[] ip) {
    return ip.length == V6_BYTES && Arrays.equals(Arrays.copyOf(ip, MAPPED.length), MAPPED);
  }

  private static byte[] unmapped(byte[] ip) {
    return Arrays.copyOfRange(ip, MAPPED.length, V6_BYTES);
  }

  private byte[] address(byte[] ip, int port) {
    if (!mapped) {
      return Sockaddr.inet(ip, port);
    }
    byte[] whole = Arrays.copyOf(MAPPED, V6_BYTES);
    System.arraycopy(ip, 0, whole, MAPPED.length, V4_BYTES);
    return Sockaddr.inet(whole, port);
  }

  /** What the socket is bound to: struct sockaddr_in, or sockaddr_in6 for mapped addresses too. */
  byte[] localAddress() {
    return address(localIp, localPort);
  }

  /** What the socket is connected to, likewise. */
  byte[] remoteAddress() {
    return address(remoteIp, remotePort);
  }

  /** AF_INET or AF_INET6 of the socket, which packets of mapped addresses do not have. */
  int socketFamily() {
    return mapped ? Socket.AF_INET6 : family();
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

  /** {@code from 10.0.0.1:80 to 10.0.0.2:40000}. */
  @Override
  public String toString() {
    return "from " + show(localIp, localPort) + " to " + show(remoteIp, remotePort);
  }

  private static String show(byte[] ip, int port) {
    try {
      String text = InetAddress.getByAddress(ip).getHostAddress();
      return (ip.length == V6_BYTES ? "[" + text + "]" : text) + ":" + port;
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
