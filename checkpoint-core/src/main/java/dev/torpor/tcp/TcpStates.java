// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Tcp;

/** Which ends of a connection were closed in which state, RFC 9293. */
public final class TcpStates {
  private TcpStates() {}

  /** Whether a socket in this state has a peer, or is about to: TCP_REPAIR can make it anew. */
  public static boolean isConnection(int state) {
    return switch (state) {
      case Tcp.TCP_ESTABLISHED,
          Tcp.TCP_SYN_SENT,
          Tcp.TCP_FIN_WAIT1,
          Tcp.TCP_FIN_WAIT2,
          Tcp.TCP_CLOSE_WAIT,
          Tcp.TCP_LAST_ACK,
          Tcp.TCP_CLOSING ->
          true;
      default -> false;
    };
  }

  /** Whether this end has said that it sends no more. */
  public static boolean hasSentFin(int state) {
    return switch (state) {
      case Tcp.TCP_FIN_WAIT1, Tcp.TCP_FIN_WAIT2, Tcp.TCP_CLOSING, Tcp.TCP_LAST_ACK -> true;
      default -> false;
    };
  }

  /** Whether the peer has said so. */
  public static boolean hasReceivedFin(int state) {
    return switch (state) {
      case Tcp.TCP_CLOSE_WAIT, Tcp.TCP_LAST_ACK, Tcp.TCP_CLOSING -> true;
      default -> false;
    };
  }

  /** The state's name in RFC 9293. */
  public static String name(int state) {
    return switch (state) {
      case Tcp.TCP_ESTABLISHED -> "ESTABLISHED";
      case Tcp.TCP_SYN_SENT -> "SYN-SENT";
      case Tcp.TCP_SYN_RECV, Tcp.TCP_NEW_SYN_RECV -> "SYN-RECEIVED";
      case Tcp.TCP_FIN_WAIT1 -> "FIN-WAIT-1";
      case Tcp.TCP_FIN_WAIT2 -> "FIN-WAIT-2";
      case Tcp.TCP_TIME_WAIT -> "TIME-WAIT";
      case Tcp.TCP_CLOSE -> "CLOSED";
      case Tcp.TCP_CLOSE_WAIT -> "CLOSE-WAIT";
      case Tcp.TCP_LAST_ACK -> "LAST-ACK";
      case Tcp.TCP_LISTEN -> "LISTEN";
      case Tcp.TCP_CLOSING -> "CLOSING";
      default -> "state " + state;
    };
  }
}
