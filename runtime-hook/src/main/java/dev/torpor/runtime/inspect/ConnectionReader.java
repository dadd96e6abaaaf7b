// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.runtime.crit.Checkpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds who is connected to whom: pipes, Unix sockets, TCP and UDP. */
final class ConnectionReader {
  private final List<file_entry> files;

  /** Who has an open file, as {@code PID:FD}, by its number. */
  private final Map<Integer, List<String>> holders = new HashMap<>();

  private final Set<Integer> shown = new HashSet<>();

  ConnectionReader(ImageStore images, Checkpoint checkpoint) {
    files = images.entries(ImageType.FILES, file_entry.parser());
    for (pstree_entry task : checkpoint.tasks()) {
      for (fdinfo_entry fd : checkpoint.descriptors(task)) {
        holders
            .computeIfAbsent(fd.getId(), id -> new ArrayList<>())
            .add(Checkpoint.number(task.getPid()) + ":" + Checkpoint.number(fd.getFd()));
      }
    }
  }

  List<Report.Connection> read() {
    List<Report.Connection> connections = new ArrayList<>();
    pipes(connections);
    Map<Integer, file_entry> byInode = new HashMap<>();
    for (file_entry file : files) {
      if (file.hasUsk()) {
        byInode.put(file.getUsk().getIno(), file);
      }
    }
    for (file_entry file : files) {
      if (file.hasUsk() && shown.add(file.getId())) {
        connections.add(unix(file, byInode));
      } else if (file.hasIsk() && shown.add(file.getId())) {
        connections.add(inet(file));
      }
    }
    return connections;
  }

  private List<String> holders(file_entry file) {
    return holders.getOrDefault(file.getId(), List.of());
  }

  private void pipes(List<Report.Connection> connections) {
    Map<Long, List<String>> writers = new LinkedHashMap<>();
    Map<Long, List<String>> readers = new LinkedHashMap<>();
    for (file_entry file : files) {
      if (file.hasPipe()) {
        long pipe = Checkpoint.number(file.getPipe().getPipeId());
        writers.computeIfAbsent(pipe, id -> new ArrayList<>());
        readers.computeIfAbsent(pipe, id -> new ArrayList<>());
        boolean writes = PipeText.isWriter(file.getPipe().getFlags());
        (writes ? writers : readers).get(pipe).addAll(holders(file));
      }
    }
    for (Map.Entry<Long, List<String>> pipe : writers.entrySet()) {
      List<String> reading = readers.get(pipe.getKey());
      String state =
          pipe.getValue().isEmpty()
              ? "written from outside"
              : reading.isEmpty() ? "read outside" : "";
      String name = "pipe[" + pipe.getKey() + ']';
      connections.add(new Report.Connection("pipe", state, name, "", pipe.getValue(), reading));
    }
  }

  private Report.Connection unix(file_entry file, Map<Integer, file_entry> byInode) {
    unix_sk_entry socket = file.getUsk();
    file_entry peer = socket.getPeer() == 0 ? null : byInode.get(socket.getPeer());
    if (peer != null && peer.getUsk().getPeer() == socket.getIno()) {
      // Each is the other's: one line for both.
      shown.add(peer.getId());
    }
    return new Report.Connection(
        "unix " + FieldText.of(socket, "type"),
        FieldText.of(socket, "state"),
        name(socket),
        peer == null ? socket.getPeer() == 0 ? "" : "outside" : name(peer.getUsk()),
        holders(file),
        peer == null ? List.of() : holders(peer));
  }

  private static String name(unix_sk_entry socket) {
    String inode = "inode " + Checkpoint.number(socket.getIno());
    return socket.getName().isEmpty() ? inode : FieldText.of(socket, "name");
  }

  private Report.Connection inet(file_entry file) {
    inet_sk_entry socket = file.getIsk();
    List<String> peers = List.of();
    for (file_entry other : files) {
      if (socket.getDstPort() != 0 && other.hasIsk() && isPeer(socket, other.getIsk())) {
        shown.add(other.getId());
        peers = holders(other);
      }
    }
    return new Report.Connection(
        InetText.kind(socket),
        InetText.state(socket),
        InetText.local(socket),
        socket.getDstPort() == 0 ? "" : InetText.remote(socket),
        holders(file),
        peers);
  }

  private static boolean isPeer(inet_sk_entry socket, inet_sk_entry other) {
    return socket.getProto() == other.getProto()
        && socket.getDstPort() == other.getSrcPort()
        && socket.getSrcPort() == other.getDstPort()
        && socket.getDstAddrList().equals(other.getSrcAddrList())
        && socket.getSrcAddrList().equals(other.getDstAddrList());
  }
}
