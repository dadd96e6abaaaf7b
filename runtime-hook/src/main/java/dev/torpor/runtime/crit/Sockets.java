// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.unix_sk_entry;
import java.io.IOException;
import java.io.Writer;

/** {@code crit x DIR sk}: the sockets of each task, which CRIU's crit does not list. */
final class Sockets implements Listing {
  @Override
  public void print(Checkpoint checkpoint, Writer out) throws IOException {
    for (pstree_entry task : checkpoint.tasks()) {
      out.write(Checkpoint.number(task.getPid()) + "\n");
      for (fdinfo_entry fd : checkpoint.descriptors(task)) {
        String socket = socket(checkpoint, fd);
        if (socket != null) {
          out.write(String.format("\t%7d: %s%n", Checkpoint.number(fd.getFd()), socket));
        }
      }
    }
  }

  /** Null for what is no socket. */
  private static String socket(Checkpoint checkpoint, fdinfo_entry fd) {
    file_entry file = checkpoint.file(fd.getId());
    if (file == null) {
      return null;
    }
    return switch (file.getType()) {
      case INETSK -> inet(file.getIsk());
      case UNIXSK -> unix(checkpoint, file.getUsk());
      case NETLINKSK -> "NETLINK " + FieldText.of(file.getNlsk(), "protocol");
      case PACKETSK -> "PACKET " + FieldText.of(file.getPsk(), "type");
      default -> null;
    };
  }

  private static String inet(inet_sk_entry socket) {
    String remote =
        socket.getDstPort() == 0 ? "" : " -> " + address(socket, "dst_addr", socket.getDstPort());
    return FieldText.of(socket, "proto")
        + ' '
        + FieldText.of(socket, "state")
        + ' '
        + address(socket, "src_addr", socket.getSrcPort())
        + remote;
  }

  private static String address(inet_sk_entry socket, String field, int port) {
    String address = FieldText.of(socket, field);
    return (address.indexOf(':') < 0 ? address : '[' + address + ']') + ':' + port;
  }

  private static String unix(Checkpoint checkpoint, unix_sk_entry socket) {
    return FieldText.of(socket, "type")
        + ' '
        + FieldText.of(socket, "state")
        + ' '
        + checkpoint.describe(fd_types.UNIXSK, socket.getId());
  }
}
