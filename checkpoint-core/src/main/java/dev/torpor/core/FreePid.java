// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Nsfs;
import dev.torpor.linux.Signal;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.TaskStat;
import java.nio.file.Path;

/**
 * The number that a task or thread is born with is free in the pid namespace it is born in: nobody
 * that lives has it, and no process group has it either whose leader has ended. A session in the
 * same state can be found by a look at all processes only; it fails the birth.
 *
 * @param subject who is born with it
 * @param pid the number
 * @param namespace descriptor of the pid namespace that is given, or {@link
 *     Launcher#OWN_PID_NAMESPACE} for the one that we are in
 */
record FreePid(String subject, int pid, int namespace) implements Need {
  private static final ProcFs PROC = new ProcFs(Path.of("/proc"));
  private static final char ZOMBIE = 'Z';

  @Override
  public void verify(Machine machine) {
    if (namespace != Launcher.OWN_PID_NAMESPACE) {
      check("by ", Nsfs.pidFrom(namespace, pid));
      return;
    }
    if (pid >= machine.pidMax()) {
      throw new RestoreException(
          "starting "
              + subject
              + ": its number "
              + pid
              + " is not below kernel.pid_max, which is "
              + machine.pidMax()
              + ": raise that (sysctl kernel.pid_max)");
    }
    if (Signal.finds(pid)) {
      check("by ", pid);
    }
    if (pid > 1 && Signal.finds(-pid)) {
      checkGroup();
    }
  }

  private void checkGroup() {
    for (int other : PROC.processes()) {
      try {
        if (PROC.stat(other, other).pgid() == pid) {
          check("as the process group of ", other);
        }
      } catch (ProcException e) {
        // It is gone.
      }
    }
  }

  /**
   * Refuses if who has the number lives: another may be gone any moment, when its parent waits for
   * it.
   *
   * @param holder 0 for nobody
   */
  private void check(String how, int holder) {
    TaskStat stat;
    try {
      stat = PROC.stat(holder, holder);
    } catch (ProcException e) {
      return;
    }
    if (stat.state() != ZOMBIE) {
      throw taken(how + "'" + stat.comm() + "' (pid " + holder + ")");
    }
  }

  /**
   * Who has ended and still has the number.
   *
   * @return for a message, or null for nobody
   */
  String zombie() {
    if (namespace != Launcher.OWN_PID_NAMESPACE) {
      return null;
    }
    try {
      TaskStat stat = PROC.stat(pid, pid);
      if (stat.state() != ZOMBIE) {
        return null;
      }
      String parent = "'" + PROC.stat(stat.ppid(), stat.ppid()).comm() + "' (pid " + stat.ppid();
      return "'" + stat.comm() + "', which has ended, and which its parent " + parent + ")";
    } catch (ProcException e) {
      return null;
    }
  }

  private RestoreException taken(String how) {
    return new RestoreException(
        "starting "
            + subject
            + ": its number "
            + pid
            + " is taken "
            + how
            + ": end it, or restore in a new pid namespace",
        Errno.EEXIST.number(),
        null);
  }
}
