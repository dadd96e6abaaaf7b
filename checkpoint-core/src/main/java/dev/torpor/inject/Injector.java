// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.arch.Gadgets;
import dev.torpor.arch.XstateLayout;
import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Makes system calls in another process, whose threads stand still meanwhile:
 *
 * <pre>{@code
 * try (Injector injector = Injector.attach(pid)) {
 *   Program program = injector.program();
 *   Op parent = program.call("asking for its parent", Nr.SYS_getppid);
 *   System.out.println(injector.run(program).result(parent));
 * }
 * }</pre>
 *
 * <p>Nothing is mapped into the process, and nothing of it is changed but by the calls themselves.
 * If this JVM is killed, at any moment, all threads go on where they stood.
 *
 * <p>The calls are plain ones, that come back: not {@code exit}, {@code execve}, {@code
 * rt_sigreturn}, nor a {@code clone} of a thread. A call that waits keeps the process waiting.
 *
 * <p>Linux 6.7 on x86-64. The caller needs the right to trace the process (ptrace(2)), for one
 * under seccomp CAP_SYS_ADMIN. All methods belong to the platform thread that attached, since
 * ptrace does.
 */
public final class Injector implements AutoCloseable {
  private static final int STOP_SECONDS = 10;

  private final ProcFs proc;
  private final int pid;
  private final Seizure seizure;
  private final Gadgets.Found gadgets;
  private final Scratch scratch;
  private final Thread owner = Thread.currentThread();

  private Injector(ProcFs proc, int pid, Seizure seizure, Gadgets search, String mappingsFile) {
    this.proc = proc;
    this.pid = pid;
    this.seizure = seizure;
    if (!seizure.holds(pid)) {
      throw new UnsupportedException("task " + pid, "its main thread has ended");
    }
    List<Mapping> mappings = mappings(proc, pid, mappingsFile);
    gadgets = search.find(pid, mappings);
    scratch = Scratch.of(pid, threads(), mappings, XstateLayout.ofThisProcessor());
  }

  /**
   * Stops all threads of a process.
   *
   * @param pid no child of this JVM, which would take the stop for the child's end: start such a
   *     process below another, {@code sh -c 'setsid PROGRAM; :'}
   * @throws ProcException if there is no such process
   * @throws UnsupportedException if it could not be asked safely; it was not stopped
   * @throws DumpException if it cannot be stopped: EPERM, for want of rights or because it is
   *     traced already; ETIMEDOUT after 10 s; it goes on
   */
  public static Injector attach(int pid) {
    return attach(pid, "smaps");
  }

  /**
   * The same for a moment: without a look at properties of mappings, for which the kernel visits
   * every page of the process (20 ms per GiB). Threads are asked below their own stack pointers.
   */
  public static Injector attachBriefly(int pid) {
    return attach(pid, "maps");
  }

  private static Injector attach(int pid, String mappingsFile) {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    Seizure.refuseChild(proc, pid);
    Gadgets search = new Gadgets();
    search.find(pid, mappings(proc, pid, mappingsFile));
    Seizure seizure = new Seizure(proc, false, STOP_SECONDS);
    Injector injector = null;
    try {
      seizure.stop(pid);
      injector = new Injector(proc, pid, seizure, search, mappingsFile);
      return injector;
    } finally {
      if (injector == null) {
        seizure.close();
      }
    }
  }

  private static List<Mapping> mappings(ProcFs proc, int pid, String file) {
    return SmapsParser.read(proc.path(pid, file));
  }

  /** The ids of its threads, the leader's first, which is the pid. */
  public List<Integer> threads() {
    List<Integer> tids = new ArrayList<>(List.of(pid));
    for (int tid : proc.threads(pid)) {
      if (tid != pid && seizure.holds(tid)) {
        tids.add(tid);
      }
    }
    return tids;
  }

  /** An empty program, to be filled with calls and {@linkplain #run(Program) run}. */
  public Program program() {
    return new Program("task " + pid);
  }

  /**
   * Runs a program in the main thread.
   *
   * @throws RemoteCallException if a call did not give what it was to give: then those after it may
   *     have been made or not
   */
  public Answers run(Program program) {
    return run(pid, program);
  }

  /**
   * Runs a program in any thread.
   *
   * @param tid one of {@link #threads}
   * @throws RemoteCallException if a call did not give what it was to give
   * @throws IllegalArgumentException for a thread that is not held, or a program of which one call
   *     needs more data than there is room for (some 8 KiB)
   */
  public Answers run(int tid, Program program) {
    checkOwner();
    if (!seizure.holds(tid)) {
      throw new IllegalArgumentException("thread " + tid + " is none that is held of task " + pid);
    }
    try (RemoteCaller caller = new RemoteCaller(tid, gadgets, scratch, proc.status(pid, tid))) {
      try {
        return caller.run(program);
      } finally {
        if (caller.stopSignal() != 0) {
          seizure.deliverLater(tid, caller.stopSignal());
        }
      }
    }
  }

  /**
   * Has the main thread make a descriptor and close it again at once; it does so too if this JVM is
   * killed meanwhile. A copy of the descriptor (pidfd_getfd(2)) outlives it.
   *
   * @param nr the call that gives the descriptor
   * @param argument its only one
   * @param borrower gets the number while it is open, or the negative errno of the call
   * @return false if the thread cannot: under seccomp, or without the instructions for it
   */
  public boolean lend(int nr, long argument, IntConsumer borrower) {
    checkOwner();
    try (RemoteCaller caller = new RemoteCaller(pid, gadgets, scratch, proc.status(pid, pid))) {
      try {
        return caller.lend(nr, argument, borrower);
      } finally {
        if (caller.stopSignal() != 0) {
          seizure.deliverLater(pid, caller.stopSignal());
        }
      }
    }
  }

  private void checkOwner() {
    if (Thread.currentThread() != owner) {
      throw new IllegalStateException("the thread that attached to task " + pid + " must ask it");
    }
  }

  /** Lets all threads go where they stood. */
  @Override
  public void close() {
    try (seizure) {
      scratch.close();
    }
  }
}
