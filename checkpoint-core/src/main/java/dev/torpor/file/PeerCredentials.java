// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.sk_ucred_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Socket;

/**
 * SO_PEERCRED of a Unix socket: who was at the other end when it was connected, or the one who made
 * it listen. The kernel takes that from whoever makes the call, so a restore makes it with the same
 * effective ids. The pid is that of the task which opens the sockets: the one that all their users
 * descend from.
 */
final class PeerCredentials {
  /** In struct ucred: pid, uid, gid. */
  private static final int UCRED_BYTES = 12;

  private static final int NOBODY = -1;
  private static final long UNCHANGED = -1;

  private PeerCredentials() {}

  /**
   * Notes them, if the socket has any. Those of root it gets without: so CRIU's crit, which drops
   * fields it does not know, writes again what it has read.
   */
  static void capture(Descriptor descriptor, unix_sk_entry.Builder socket, PidLookup pids) {
    try (NativeMemory ucred = NativeMemory.allocate(UCRED_BYTES)) {
      Socket.getsockopt(descriptor.borrowed(), Socket.SOL_SOCKET, Socket.SO_PEERCRED, ucred);
      int uid = ucred.getInt(4);
      int gid = ucred.getInt(8);
      if (uid != NOBODY && (uid != 0 || gid != 0)) {
        socket.setPeercred(
            sk_ucred_entry
                .newBuilder()
                .setPid(pids.imagePid(ucred.getInt(0)))
                .setUid(uid)
                .setGid(gid));
      }
    }
  }

  /**
   * Appends: be who the owner of an entry sees. Files can be reached as before: the ids that the
   * kernel looks at for those stay.
   */
  static void become(OpenPlan plan, file_entry entry) {
    become(plan, entry, entry.getUsk().getPeercred());
  }

  /** The same for another who is seen: by who accepts the connection that comes next. */
  static void become(OpenPlan plan, file_entry entry, sk_ucred_entry seen) {
    if (isRoot(seen)) {
      return;
    }
    ids(plan, entry, Nr.SYS_setresgid, seen.getGid());
    ids(plan, entry, Nr.SYS_setresuid, seen.getUid());
    plan.call(entry, "setfsuid", Nr.SYS_setfsuid)
        .arg(0)
        .expect(Integer.toUnsignedLong(seen.getUid()));
  }

  /** Appends: be root again. */
  static void leave(OpenPlan plan, file_entry entry) {
    leave(plan, entry, entry.getUsk().getPeercred());
  }

  /** The same for another who was seen. */
  static void leave(OpenPlan plan, file_entry entry, sk_ucred_entry seen) {
    if (!isRoot(seen)) {
      ids(plan, entry, Nr.SYS_setresuid, 0);
      ids(plan, entry, Nr.SYS_setresgid, 0);
    }
  }

  /** Or nobody tells, as in images of CRIU. */
  private static boolean isRoot(sk_ucred_entry seen) {
    return seen.getUid() == 0 && seen.getGid() == 0;
  }

  private static void ids(OpenPlan plan, file_entry entry, int nr, int id) {
    plan.call(entry, "be whom it shows as its peer (SO_PEERCRED)", nr)
        .arg(UNCHANGED)
        .arg(Integer.toUnsignedLong(id))
        .arg(UNCHANGED);
  }
}
