// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tcp;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.inventory_entry;

/**
 * What the caller of a dump or restore says about TCP connections, for {@link
 * dev.torpor.plan.Facts}. The names are those of CRIU's options.
 *
 * @param established whether they are carried (--tcp-established)
 * @param close whether they come back as sockets without one (--tcp-close)
 * @param skipInFlight whether those may be lost that wait to be accepted (--skip-in-flight)
 * @param lock what keeps their packets away while the tree is (--network-lock)
 */
public record ConnectionOptions(
    boolean established, boolean close, boolean skipInFlight, Lock lock) {
  /** What remains when a dump has ended its tree, until a restore. */
  public enum Lock {
    /** Rules of iptables(8), as CRIU makes them: either restores what the other has locked. */
    IPTABLES(0),
    /** A table of nftables, as CRIU makes it. */
    NFTABLES(1),
    /** Nothing: the caller keeps the packets away, during the dump as well. */
    SKIP(2);

    private final int number;

    Lock(int number) {
      this.number = number;
    }

    /** {@code network_lock_method} of the inventory: network_lock_method of CRIU's cr_options.h. */
    public int number() {
      return number;
    }

    private static Lock of(int number) {
      for (Lock lock : values()) {
        if (lock.number == number) {
          return lock;
        }
      }
      throw new UnsupportedException(
          "inventory.img", "it says that the network was locked in way " + number);
    }
  }

  /** No connection is carried. */
  public static final ConnectionOptions NONE =
      new ConnectionOptions(false, false, false, Lock.IPTABLES);

  /**
   * What holds for a restore: as in CRIU, the dump says how the network is locked, and may have
   * said that connections are to be closed.
   *
   * @throws UnsupportedException for a lock of a kind that CRIU 4.2 does not have
   */
  public ConnectionOptions with(inventory_entry inventory) {
    return new ConnectionOptions(
        established,
        close || inventory.getTcpClose(),
        skipInFlight,
        Lock.of(inventory.getNetworkLockMethod()));
  }
}
