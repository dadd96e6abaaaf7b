// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.TorporException;
import dev.torpor.room.Rooms;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Checkpoint and restore of process trees, in any JVM:
 *
 * <pre>{@code
 * Checkpointer torpor = Checkpointer.builder().build();
 * torpor.dump(pid, images);
 * torpor.restore(images);
 * }</pre>
 *
 * <p>Linux 6.7 or newer on x86-64. Needs root: CAP_SYS_PTRACE and CAP_CHECKPOINT_RESTORE for any
 * tree, CAP_SYS_ADMIN for one with namespaces, cgroups or seccomp of its own, and what the tasks
 * themselves have to be given back.
 *
 * <p>Calls block until all is done, and each stands alone: several threads may use one object. If
 * the JVM is killed meanwhile, a tree that is dumped goes on, or ends as a whole once that has
 * begun; of one that is restored nothing stays.
 *
 * <p>A restored tree is no child of the JVM, and goes on when the JVM ends. Who adopts orphans
 * (init, or a subreaper above the JVM) is the parent of its root task and reaps it; {@link
 * ProcessHandle} tells of its end.
 */
public final class Checkpointer {
  private final Modules modules;
  private final UnaryOperator<Rooms> rooms;
  private final Launcher launcher;

  private Checkpointer(Builder from) {
    this.modules = from.modules == null ? Modules.found() : from.modules;
    this.rooms = from.rooms;
    this.launcher = from.launcher;
  }

  /** Begins one with defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** What a {@link Checkpointer} works with, where defaults do not do. */
  public static final class Builder {
    private Modules modules;
    private UnaryOperator<Rooms> rooms = UnaryOperator.identity();
    private Launcher launcher;

    private Builder() {}

    /** Carries namespaces and cgroups; by default as {@link Modules#found} does. */
    public Builder modules(Modules value) {
      modules = value;
      return this;
    }

    /**
     * Changes the catalogue of what is carried: {@code rooms -> rooms.and(List.of(new MyFile()))}.
     *
     * @param value gets the rooms of the core and of the modules, and is asked anew for each look
     *     at a tree
     */
    public Builder rooms(UnaryOperator<Rooms> value) {
      rooms = value;
      return this;
    }

    /**
     * Starts root tasks, and guards what is under way; by default this JVM starts one for each
     * operation.
     *
     * @param value has started this JVM: that a restore succeeded it takes from the JVM's end, with
     *     status 0
     */
    public Builder launcher(Launcher value) {
      launcher = value;
      return this;
    }

    /**
     * Makes it.
     *
     * @throws TorporException if nothing on the class path carries namespaces and cgroups
     */
    public Checkpointer build() {
      return new Checkpointer(this);
    }
  }

  /**
   * Dumps a tree, which ends.
   *
   * @param pid the root task, the leader of a session. No child of this JVM, which would take a
   *     stop for its end: start such a process below another, {@code sh -c 'setsid PROGRAM; :'}
   * @param images a directory that exists; a checkpoint in it gives way when the new one is whole
   * @return times and sizes
   * @throws TorporException if it could not be done; the tree runs on as before
   */
  public DumpResult dump(int pid, Path images) {
    return dump(new DumpOptions(pid, images));
  }

  /**
   * Dumps a tree.
   *
   * @return times and sizes, and the status of a post-dump script that forbade to end the tree
   * @throws TorporException if it could not be done; the tree runs on as before
   */
  public DumpResult dump(DumpOptions options) {
    return with(by -> new Dump(options, modules.forDump(this::rooms), this::rooms, by).run());
  }

  /**
   * Shows what a restore would do, without doing any of it: no task, file or cgroup is made. Needs
   * no right but to read the images.
   *
   * @return for each thread its number and the calls of its program, as {@link
   *     dev.torpor.inject.ProgramPrinter} prints them
   * @throws TorporException for anything wrong with the images, or that is not carried
   */
  public String plan(RestoreOptions options) {
    return with(
        by -> new Restore(options, modules.forRestore(this::rooms), rooms(), by).printedPlan());
  }

  /**
   * Restores a tree. Its pids must be free: a task that was dumped has to be reaped first.
   *
   * @param images who may write them decides what runs, and with which rights
   * @return times and sizes, and the root task's pid
   * @throws TorporException if it could not be done; nothing of it is left
   */
  public RestoreResult restore(Path images) {
    return restore(new RestoreOptions(images));
  }

  /**
   * Restores a tree, as {@link #restore(Path)}.
   *
   * @throws TorporException if it could not be done; nothing of it is left
   */
  public RestoreResult restore(RestoreOptions options) {
    return with(by -> new Restore(options, modules.forRestore(this::rooms), rooms(), by).run());
  }

  private Rooms rooms() {
    return rooms.apply(modules.rooms());
  }

  private <R> R with(Function<Launcher, R> operation) {
    return launcher == null ? ServingLauncher.serve(operation) : operation.apply(launcher);
  }
}
