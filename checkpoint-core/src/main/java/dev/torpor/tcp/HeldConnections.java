// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The connections of a tree that is being dumped. From the moment that one is held its packets are
 * dropped, so that what is read of it stays true; nobody loses any, for TCP sends them again.
 */
public final class HeldConnections implements AutoCloseable {
  /** Who ends repair mode if this process is killed. */
  @FunctionalInterface
  public interface Guard {
    /** Takes a descriptor of a socket, and what is to be set again behind repair mode. */
    void takes(int fd, LostByRepair lost);
  }

  private final boolean locks;
  private final Guard guard;
  private final Map<Long, ConnectionLock> locksOfNamespaces = new HashMap<>();
  private final List<Integer> sockets = new ArrayList<>();

  /**
   * Holds nothing yet.
   *
   * @param locks whether packets are to be dropped
   */
  public HeldConnections(boolean locks, Guard guard) {
    this.locks = locks;
    this.guard = guard;
  }

  /**
   * Drops the packets of a connection from here on.
   *
   * @param namespace inode of the network namespace
   * @param lock makes a lock in that
   */
  public void hold(Connection connection, long namespace, Supplier<ConnectionLock> lock) {
    if (locks) {
      ConnectionLock known = locksOfNamespaces.get(namespace);
      if (known == null) {
        known = lock.get();
        locksOfNamespaces.put(namespace, known);
      }
      known.add(List.of(connection));
    }
  }

  /**
   * Reads a connection that is held.
   *
   * @param subject for messages
   * @param fd of the socket, which stays the caller's
   * @param state TCP_*
   */
  public TcpConnection read(String subject, int fd, Connection ends, int state) {
    LostByRepair lost = LostByRepair.of(fd);
    guard.takes(fd, lost);
    sockets.add(Fcntl.dupCloexec(fd, 0));
    return TcpConnection.read(subject, fd, ends, state, lost);
  }

  /** Whether there is any. */
  public boolean isEmpty() {
    return sockets.isEmpty();
  }

  /** What is held in all network namespaces together. */
  public List<Connection> locked() {
    List<Connection> all = new ArrayList<>();
    for (ConnectionLock lock : locksOfNamespaces.values()) {
      all.addAll(lock.connections());
    }
    return all;
  }

  /** Keeps the packets away when this is closed, and when this process has ended. */
  public void persist(String table) {
    for (ConnectionLock lock : locksOfNamespaces.values()) {
      lock.persist(table);
    }
  }

  /** The tree is about to end: its sockets are to do so without a word to their peers. */
  public void silence() {
    for (int socket : sockets) {
      TcpConnection.silence(socket);
    }
  }

  /** Lets packets pass. */
  @Override
  public void close() {
    for (ConnectionLock lock : locksOfNamespaces.values()) {
      lock.close();
    }
    locksOfNamespaces.clear();
    for (int socket : sockets) {
      Unistd.close(socket);
    }
    sockets.clear();
  }
}
