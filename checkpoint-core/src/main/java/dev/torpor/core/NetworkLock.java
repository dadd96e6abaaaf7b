// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.DumpException;
import dev.torpor.file.InNetNamespace;
import dev.torpor.file.InetSocket;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.tcp.Connection;
import dev.torpor.tcp.ConnectionLock;
import dev.torpor.tcp.ConnectionOptions;
import dev.torpor.tcp.ConnectionOptions.Lock;
import dev.torpor.tcp.HeldConnections;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Keeps the network of a tree from answering while the tree is away, or not yet whole: the packets
 * of its TCP connections are dropped. A dump does that for as long as it runs ({@link
 * HeldConnections}); when it has ended the tree, rules remain until a restore, in the form that
 * {@code --network-lock} says. A restore locks by itself what nobody has locked for it. If the tree
 * has a network of its own, those are told who lock it, as with CRIU.
 */
final class NetworkLock implements TreeRoom {
  /** CRIU has 32 bytes for {@code inet CRIU-ID} and the NUL behind it, and cuts what is longer. */
  private static final int NAME_BYTES = 26;

  private final List<Connection> connections = new ArrayList<>();

  /** Those that a dump may have left rules for: CRIU's does so for what is over already, too. */
  private final List<Connection> dumped = new ArrayList<>();

  private Lock kind;
  private String table;
  private ConnectionLock lock;
  private boolean locked;

  /** The table that CRIU's dump makes for {@code nftables}, too. */
  private static String table(String runId) {
    String whole = "CRIU-" + runId;
    return whole.substring(0, Math.min(whole.length(), NAME_BYTES));
  }

  @Override
  public void freeze(WholeTree tree) {
    if (!tree.ownNetwork()) {
      return;
    }
    // Of several scripts some may have locked it before one refused: CRIU unlocks then, too.
    locked = true;
    if (tree.notifier().notify(Notifier.Action.NETWORK_LOCK, tree.rootPid()) != 0) {
      throw new DumpException("the network-lock script failed; the tree goes on");
    }
  }

  /** Rules of iptables are made where Torpor is; a namespace of the tree's has tables. */
  @Override
  public void end(WholeTree tree, String runId) {
    HeldConnections held = tree.facts().get(HeldConnections.class);
    if (held.isEmpty()) {
      return;
    }
    if (tree.facts().get(ConnectionOptions.class).lock() == Lock.IPTABLES && !tree.ownNetwork()) {
      new Iptables(tree.launcher()).lock(held.locked());
    } else {
      held.persist(table(runId));
    }
  }

  @Override
  public void thaw(WholeTree tree) {
    if (locked) {
      tree.notifier().notify(Notifier.Action.NETWORK_UNLOCK, tree.rootPid());
    }
  }

  @Override
  public void plan(RestorePlan plan) {
    ConnectionOptions options = plan.connectionOptions();
    kind = options.lock();
    table = table(plan.tree().runId());
    if (kind == Lock.SKIP) {
      return;
    }
    for (file_entry entry : plan.images().entries(ImageType.FILES, file_entry.parser())) {
      Connection connection = InetSocket.connection(entry);
      if (connection != null && !options.close()) {
        connections.add(connection);
      }
      Connection ended = connection == null ? InetSocket.endedConnection(entry) : connection;
      if (ended != null) {
        dumped.add(ended);
      }
    }
  }

  @Override
  public void begin(WholeTree tree) {
    if (!connections.isEmpty()) {
      lock = inNetwork(tree, ConnectionLock::new);
      lock.add(connections);
    }
  }

  private static <T> T inNetwork(WholeTree tree, Supplier<T> action) {
    if (!tree.ownNetwork()) {
      return action.get();
    }
    String path = "/proc/" + tree.rootPid() + "/ns/net";
    int namespace = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    try {
      return InNetNamespace.of(namespace, action);
    } finally {
      Unistd.close(namespace);
    }
  }

  @Override
  public void giveUp() {
    if (lock != null) {
      lock.close();
      lock = null;
    }
  }

  @Override
  public void returned(WholeTree tree) {
    if (!dumped.isEmpty()) {
      inNetwork(tree, () -> ConnectionLock.remove(table));
      if (kind == Lock.IPTABLES && !tree.ownNetwork()) {
        new Iptables(tree.launcher()).unlock(dumped);
      }
    }
    giveUp();
    if (tree.ownNetwork()) {
      tree.notifier().notify(Notifier.Action.NETWORK_UNLOCK, tree.rootPid());
    }
  }
}
