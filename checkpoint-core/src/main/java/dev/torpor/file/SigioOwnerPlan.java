// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fown_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;

/** Plans who gets SIGIO of a file. All tasks exist by then, and the descriptors have numbers. */
final class SigioOwnerPlan {
  /** setresuid(2): leave this one. */
  private static final long KEEP = -1;

  private SigioOwnerPlan() {}

  /**
   * Plans it for a file.
   *
   * @param flags O_* of the open file; FASYNC among them asks for SIGIO
   */
  static void plan(fown_entry owner, int flags, LatePlan late) {
    plan(owner, flags, late, Step.LATE_FILES);
  }

  /** Plans it for one that is there from a later step on. */
  static void plan(fown_entry owner, int flags, LatePlan late, Step step) {
    boolean async = (flags & Fcntl.FASYNC) != 0;
    if (owner.getPid() == 0 && owner.getSignum() == 0 && !async) {
      return;
    }
    LatePlan.User user = late.users().get(0);
    String purpose = late.purpose(user);
    int fd = user.descriptor().getFd();
    late.at(
        user,
        step,
        program -> {
          if (owner.getSignum() != 0) {
            fcntl(program, purpose, fd, Fcntl.F_SETSIG, "F_SETSIG").arg(owner.getSignum());
          }
          own(program, purpose, fd, owner);
          if (async) {
            fcntl(program, purpose, fd, Fcntl.F_SETFL, "F_SETFL")
                .arg(flags & (FilesPlanner.SETTABLE | Fcntl.FASYNC));
          }
        });
  }

  /** The kernel notes who calls, and later asks whether that one may signal the owner. */
  static void own(Program program, String purpose, int fd, fown_entry owner) {
    if (owner.getPid() == 0) {
      return;
    }
    boolean other = owner.getUid() != 0 || owner.getEuid() != 0;
    if (other) {
      program
          .call(purpose + ": be who set its owner", Nr.SYS_setresuid)
          .arg(owner.getUid())
          .arg(owner.getEuid())
          .arg(KEEP);
    }
    fcntl(program, purpose, fd, Fcntl.F_SETOWN_EX, "F_SETOWN_EX")
        .arg(
            program
                .reserve(Fcntl.FOwnerEx.SIZEOF)
                .putInt(Fcntl.FOwnerEx.type, owner.getPidType())
                .putInt(Fcntl.FOwnerEx.pid, owner.getPid()));
    if (other) {
      program.call(purpose + ": be root again", Nr.SYS_setresuid).arg(0).arg(0).arg(KEEP);
    }
  }

  private static Op fcntl(Program program, String purpose, int fd, int command, String name) {
    return program.call(purpose + ": fcntl " + name, Nr.SYS_fcntl).arg(fd).arg(command);
  }
}
