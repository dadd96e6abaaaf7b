// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.ProcException;

/**
 * The profile that AppArmor or SELinux has put a thread under, proc_pid_attr(5). Torpor does not
 * carry one; without a security module reading it gives EINVAL.
 */
final class SecurityProfile {
  private static final String FILE = "attr/current";
  private static final String UNCONFINED = "unconfined";

  /** No security module that gives profiles: then nobody has one, and asking costs time. */
  private boolean none;

  /** Refuses a thread under a profile. */
  void refuse(ThreadState thread) {
    String profile = none ? "" : read(thread);
    if (!profile.isEmpty() && !profile.equals(UNCONFINED)) {
      throw new UnsupportedException(
          thread.subject(),
          "it runs under the security profile "
              + profile
              + ", which is not carried; run it unconfined");
    }
  }

  private String read(ThreadState thread) {
    try {
      String text = thread.proc().text(thread.pid(), "task/" + thread.tid() + "/" + FILE);
      int end = 0;
      while (end < text.length() && text.charAt(end) > ' ') {
        end++;
      }
      return text.substring(0, end);
    } catch (ProcException e) {
      if (e.gone()) {
        throw e;
      }
      none = true;
      return "";
    }
  }
}
