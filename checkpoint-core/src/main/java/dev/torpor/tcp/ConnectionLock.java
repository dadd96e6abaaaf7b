// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkSocket;
import dev.torpor.linux.NftBatch;
import dev.torpor.linux.Nftables;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps packets of connections from their sockets and from the net, in one network namespace. The
 * rules are the kernel's only as long as this is open: they vanish with the process, however it
 * ends (NFT_TABLE_F_OWNER, Linux 5.12).
 */
public final class ConnectionLock implements AutoCloseable {
  /** What the tables of all locks begin with that vanish so. */
  public static final String TABLE_PREFIX = "torpor-";

  private final NetlinkSocket netlink;
  private final List<Connection> connections = new ArrayList<>();
  private final String table;
  private final String namespace;

  /**
   * A lock in the network namespace of the calling thread that holds nothing yet.
   *
   * @throws ErrnoException if the kernel has no nftables, or does not permit to use them
   */
  public ConnectionLock() {
    namespace = Unistd.readlinkat(Fcntl.AT_FDCWD, "/proc/thread-self/ns/net");
    netlink = NetlinkSocket.open(Netlink.NETLINK_NETFILTER);
    table = TABLE_PREFIX + ProcFs.text("/proc/sys/kernel/random/uuid").trim();
    try {
      NftBatch batch = new NftBatch();
      new LockTable(batch, table).make(Nftables.NFT_TABLE_F_OWNER);
      netlink.change("a table that locks connections", batch);
    } catch (ErrnoException e) {
      netlink.close();
      throw e;
    }
  }

  /** Locks this one, too; the kernel has done so when this returns. */
  public void add(Connection connection) {
    add(List.of(connection));
  }

  /** Locks these, too; the kernel has done so when this returns. */
  public void add(List<Connection> more) {
    NftBatch batch = new NftBatch();
    new LockTable(batch, table).add(more);
    netlink.change("connections to lock", batch);
    connections.addAll(more);
  }

  /** Another network namespace knows nothing of this lock. */
  void requireNamespaceOf(String subject, int socket) {
    int of = Ioctl.ioctl(socket, Ioctl.SIOCGSKNS, "SIOCGSKNS", 0);
    try {
      if (!Unistd.readlinkat(Fcntl.AT_FDCWD, "/proc/self/fd/" + of).equals(namespace)) {
        throw new UnsupportedException(
            subject, "it is in another network namespace than the lock; make the lock there");
      }
    } finally {
      Unistd.close(of);
    }
  }

  /** What is locked. */
  public List<Connection> connections() {
    return connections;
  }

  /** Locks the same connections for as long as nobody removes the table, beside this lock. */
  public void persist(String name) {
    NftBatch batch = new NftBatch();
    LockTable lasting = new LockTable(batch, name);
    lasting.make(0);
    lasting.add(connections);
    netlink.change("table inet " + name, batch);
  }

  /**
   * Removes a table that a dump has left in the network namespace of the calling thread.
   *
   * @return whether there was one
   */
  public static boolean remove(String name) {
    try (NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_NETFILTER)) {
      NftBatch batch = new NftBatch();
      new LockTable(batch, name).remove();
      netlink.change("table inet " + name, batch);
      return true;
    } catch (ErrnoException e) {
      if (e.is(Errno.ENOENT) || e.is(Errno.EPROTONOSUPPORT) || e.is(Errno.EINVAL)) {
        return false;
      }
      throw e;
    }
  }

  /** Unlocks. */
  @Override
  public void close() {
    netlink.close();
  }
}
