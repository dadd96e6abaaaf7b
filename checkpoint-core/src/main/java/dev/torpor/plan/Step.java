// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

/**
 * Where in a task's restore program a room's calls stand. The order of the constants is the order
 * of execution; each says what it must follow.
 *
 * <p>Leaders pass all steps; other threads only those from {@link #THREAD} on.
 */
public enum Step {
  /** Root task only: block all signals, drop the launcher's memory and descriptors. */
  CLEAR,
  /** Root task only: join or make namespaces that were not made by its clone. */
  NAMESPACES,
  /** Root task only: the mount tree, pivot_root. Paths mean the container's from here on. */
  MOUNTS,
  /**
   * Open what this task and its descendants share: they inherit it by fork. Terminals are opened
   * without becoming the controlling one.
   */
  OPEN_SHARED,
  /**
   * The session keyring that children are born with, and private memory, so that pages which nobody
   * has written since are shared. Files that are mapped are open by now.
   */
  INHERIT,
  /** Children that belong to the session this task was born into, if it is to leave that. */
  EARLY_SPAWN,
  /** setsid of a session leader; setpgid of a process group's leader. */
  SESSION,
  /** A session leader takes its terminal, for children are born with the one it has. */
  TERMINAL,
  /** All other children. */
  SPAWN,
  /** setpgid of all others, when the groups' leaders exist. */
  GROUP,
  /** Open what only this task has. After SPAWN, or children would inherit it. */
  OPEN,
  /** Descriptors go to their numbers; all others are closed but the plan's own. */
  INSTALL,
  /** What needs the final numbers: epoll interest lists, owners of asynchronous I/O. */
  LATE_FILES,
  /** cwd and root, umask. Paths of the files above are all open by now. */
  FS,
  /** The mappings, writable for now. Nothing of the launcher is mapped any more. */
  MAP,
  /** Page contents. */
  FILL,
  /** Final protections and advice. */
  PROTECT,
  /** prctl(PR_SET_MM): code, data, stack, auxv, exe. After MAP: the exe's old mappings are gone. */
  MM,
  /** Signal actions, interval and POSIX timers (still blocked). */
  SIGNALS,
  /** Start the other threads: memory and files, which they share, are ready. */
  SPAWN_THREADS,
  /** First step of every thread: own attributes that need privileges: scheduling, limits, names. */
  THREAD,
  /** Wait for everybody; Torpor does what is done from outside (cgroups, scripts). */
  MEET,
  /** Descriptors of tasks, which all exist now, as do their threads. */
  PIDFDS,
  /** Those that other tasks have opened. */
  SHARED_PIDFDS,
  /** TCP connections leave repair mode: nothing locks the network any more. */
  CONNECT,
  /**
   * What watches files: nobody of the tree opens, writes or closes any more. Before CLOSE: those
   * that have lost their path are found by a descriptor of the plan's own.
   */
  WATCH,
  /** The plan's own descriptors are closed. */
  CLOSE,
  /** Timers start to run. */
  ARM,
  /** Seccomp filters; while privileges last. Torpor has suspended seccomp for its tracees. */
  SECCOMP,
  /** Identity and capabilities, then what setuid resets: dumpable, pdeathsig. */
  CREDENTIALS
}
