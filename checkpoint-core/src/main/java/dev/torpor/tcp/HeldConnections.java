// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.error.DumpException;
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
  public interface Guard {
    /** Is given a descriptor of a socket, and what is to be set again behind repair mode. */
    void takes(int fd, LostByRepair lost);

    /** Waits until it has all that it was given. */
    void confirm();
  }

  /** A connection that is held, by a descriptor of its own. */
  public static final class Held {
    private final int fd;
    private final Connection ends;
    private final int state;
    private final LostByRepair lost;

    private Held(int fd, Connection ends, int state, LostByRepair lost) {
      this.fd = fd;
      this.ends = ends;
      this.state = state;
      this.lost = lost;
    }
  }

  private final boolean locks;
  private final Guard guard;
  private final Map<Long, ConnectionLock> locksOfNamespaces = new HashMap<>();
  private final List<Held> sockets = new ArrayList<>();
  private boolean unconfirmed;

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
   * Takes a connection that is held, to be read when all are: whoever guards them is then waited
   * for once.
   *
   * @param fd of the socket, which stays the caller's
   * @param state TCP_*
   */
  public Held take(int fd, Connection ends, int state) {
    LostByRepair lost = LostByRepair.of(fd);
    guard.takes(fd, lost);
    unconfirmed = true;
    Held held = new Held(Fcntl.dupCloexec(fd, 0), ends, state, lost);
    sockets.add(held);
    return held;
  }

  /**
   * Reads a connection.
   *
   * @param subject for messages
   * @throws DumpException if its state is another by now, because nobody drops its packets
   */
  public TcpConnection read(String subject, Held held) {
    if (unconfirmed) {
      guard.confirm();
      unconfirmed = false;
    }
    return TcpConnection.read(subject, held.fd, held.ends, held.state, held.lost);
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
    for (Held socket : sockets) {
      TcpConnection.silence(socket.fd);
    }
  }

  /** Lets packets pass. */
  @Override
  public void close() {
    for (ConnectionLock lock : locksOfNamespaces.values()) {
      lock.close();
    }
    locksOfNamespaces.clear();
    for (Held socket : sockets) {
      Unistd.close(socket.fd);
    }
    sockets.clear();
  }
}
