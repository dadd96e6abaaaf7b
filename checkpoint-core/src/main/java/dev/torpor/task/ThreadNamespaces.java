// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.ProcException;

/**
 * Namespaces of single threads, setns(2) and unshare(2): images have those of tasks only. It is
 * looked at in the rehearsal alone: five links per thread are too many while a tree is frozen.
 */
public final class ThreadNamespaces implements ThreadRoom {
  private static final String[] KINDS = {"net", "mnt", "uts", "ipc", "cgroup"};

  private int pid;
  private String[] leader;

  @Override
  public void refuse(ThreadState thread) {
    if (leader == null || pid != thread.pid()) {
      pid = thread.pid();
      leader = links(thread, thread.pid());
    }
    String[] own = links(thread, thread.tid());
    for (int i = 0; i < KINDS.length; i++) {
      if (!own[i].equals(leader[i])) {
        throw new UnsupportedException(
            thread.subject(),
            "it lives in another "
                + KINDS[i]
                + " namespace than its task, which images cannot say; let the thread end before"
                + " the dump");
      }
    }
  }

  private static String[] links(ThreadState thread, int tid) {
    String base = thread.proc().path(thread.pid(), "task/" + tid + "/ns/");
    String[] links = new String[KINDS.length];
    for (int i = 0; i < KINDS.length; i++) {
      try {
        links[i] = Unistd.readlinkat(Fcntl.AT_FDCWD, base + KINDS[i]);
      } catch (ErrnoException e) {
        throw new ProcException(base + KINDS[i], e);
      }
    }
    return links;
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    return (core, answers) -> {};
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // All threads are born into the namespaces of their task.
  }
}
