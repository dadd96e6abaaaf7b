// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fown_entry;
import dev.torpor.linux.Fcntl;

/**
 * Who gets SIGIO of an open file, fcntl(2) F_SETOWN_EX.
 *
 * @param uid real uid of who set it
 * @param euid effective uid of who set it
 * @param signal F_GETSIG, 0 for plain SIGIO
 * @param pidType F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP
 * @param pid thread, process or process group as Torpor sees it, 0 for nobody
 */
record SigioOwner(int uid, int euid, int signal, int pidType, int pid) {

  static final fown_entry NOBODY =
      fown_entry.newBuilder().setUid(0).setEuid(0).setSignum(0).setPidType(0).setPid(0).build();

  static SigioOwner of(int fd) {
    int signal = Fcntl.getSig(fd);
    long owner = Fcntl.getOwnerEx(fd);
    int pid = (int) (owner >>> 32);
    if (pid == 0) {
      return new SigioOwner(0, 0, signal, 0, 0);
    }
    int[] uids = Fcntl.getOwnerUids(fd);
    return new SigioOwner(uids[0], uids[1], signal, (int) owner, pid);
  }
}
