// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.ipc_desc_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.SysvIpc;
import dev.torpor.linux.SysvIpc.Ipc64Perm;

/**
 * The return of what all System V objects have: id and key, creator, owner, permissions.
 *
 * @param namespace that it is made in, by a task with all rights
 * @param subject what messages call it
 */
record SysvObject(ReturnedNamespace namespace, String subject, ipc_desc_entry description) {
  private static final int PERMISSIONS = 0777;
  private static final long UNCHANGED = -1;

  /** Makes an object with a key and what its kind has besides: the arguments of its get call. */
  @FunctionalInterface
  interface Get {
    Op append(Op call, int flags);
  }

  /**
   * Appends the making of it. The kernel takes its creator from the effective ids; its id can be
   * chosen since Linux 3.8.
   *
   * @param kind {@code shm}, {@code sem} or {@code msg}
   * @param nr the number of the call that makes one
   */
  void make(Program program, String kind, int nr, Get arguments) {
    namespace.setSysctl(
        program, "kernel/" + kind + "_next_id", Integer.toUnsignedString(description.getId()));
    become(program, description.getCuid(), description.getCgid());
    int flags = (description.getMode() & PERMISSIONS) | SysvIpc.IPC_CREAT | SysvIpc.IPC_EXCL;
    arguments
        .append(call(program, kind + "get", nr).arg(description.getKey()), flags)
        .expect(description.getId());
    become(program, 0, 0);
  }

  private void become(Program program, int uid, int gid) {
    if (description.getCuid() == 0 && description.getCgid() == 0) {
      return;
    }
    // Only user 0 can become another group.
    if (uid == 0) {
      user(program, uid);
      group(program, gid);
    } else {
      group(program, gid);
      user(program, uid);
    }
  }

  private void user(Program program, int uid) {
    call(program, "setresuid", Nr.SYS_setresuid)
        .arg(UNCHANGED)
        .arg(Integer.toUnsignedLong(uid))
        .arg(UNCHANGED);
  }

  private void group(Program program, int gid) {
    call(program, "setresgid", Nr.SYS_setresgid)
        .arg(UNCHANGED)
        .arg(Integer.toUnsignedLong(gid))
        .arg(UNCHANGED);
  }

  /** Puts owner and permissions into the structure that IPC_SET wants, which begins with them. */
  Data permissions(Program program, int sizeBytes) {
    return program
        .reserve(sizeBytes)
        .putInt(Ipc64Perm.uid, description.getUid())
        .putInt(Ipc64Perm.gid, description.getGid())
        .putInt(Ipc64Perm.mode, description.getMode() & PERMISSIONS);
  }

  Op call(Program program, String operation, int nr) {
    return program.call("restoring " + subject + ": " + operation, nr);
  }
}
