// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.core.Checkpointer;
import dev.torpor.core.DumpOptions;
import dev.torpor.core.Launcher;
import dev.torpor.core.RestoreOptions;
import dev.torpor.core.UnsupportedException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Job;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.FinalState;
import dev.torpor.runtime.option.InheritedFd;
import dev.torpor.runtime.option.ManageCgroups;
import dev.torpor.runtime.option.Opt;
import java.util.HashMap;
import java.util.Map;

/** Hands jobs to the core: the one place where options change their shape. */
final class CoreEngine implements Engine {
  private static final String LAUNCHER_FD = "torpor.launcher.fd";

  @Override
  public Dumped dump(Job job) {
    CriuOptions options = job.options();
    refuseWhatCoreCannotTake(options);
    DumpOptions dump =
        new DumpOptions(options.treePid(), ImageDirectory.ofFd(job.directories().imagesFd()))
            .leaveRunning(options.finalState() == FinalState.RUNNING)
            .shellJob(options.on(Opt.SHELL_JOB))
            .notifier(job.notifier())
            .log(job.log());
    return new Dumped(new Checkpointer().dump(dump), null);
  }

  @Override
  public Restored restore(Job job) {
    CriuOptions options = job.options();
    refuseWhatCoreCannotTake(options);
    Map<String, Integer> inherited = new HashMap<>();
    for (InheritedFd fd : options.inheritedFds()) {
      inherited.put(fd.resource(), fd.fd());
    }
    RestoreOptions restore =
        new RestoreOptions(ImageDirectory.ofFd(job.directories().imagesFd()))
            .detached(options.on(Opt.RESTORE_DETACHED))
            .sibling(options.on(Opt.RESTORE_SIBLING))
            .shellJob(options.on(Opt.SHELL_JOB))
            .inherited(inherited)
            .notifier(job.notifier())
            .log(job.log());
    return new Restored(new Checkpointer().restore(restore, launcher()), null);
  }

  private static Launcher launcher() {
    Integer fd = Integer.getInteger(LAUNCHER_FD);
    if (fd == null) {
      throw new UnsupportedException(
          "restore", "the JVM was not started by the launcher; run bin/torpor instead of java");
    }
    return new Launcher(fd, Unistd.getppid());
  }

  /** What has a name and a value here, but no place in the core's options yet. */
  private static void refuseWhatCoreCannotTake(CriuOptions options) {
    refuse(Opt.LEAVE_STOPPED, options.finalState() == FinalState.STOPPED);
    refuse(Opt.ROOT, options.text(Opt.ROOT) != null);
    refuse(Opt.EXTERNAL, !options.list(Opt.EXTERNAL).isEmpty());
    refuse(
        Opt.EXT_MOUNT_MAP,
        !options.externalMounts().isEmpty() || options.autodetectExternalMounts());
    refuse(Opt.SKIP_MNT, !options.list(Opt.SKIP_MNT).isEmpty());
    refuse(Opt.JOIN_NS, !options.joinedNamespaces().isEmpty());
    refuse(Opt.EMPTY_NS, options.on(Opt.EMPTY_NS));
    refuse(Opt.MANAGE_CGROUPS, options.manageCgroups() != ManageCgroups.IGNORE);
    refuse(Opt.CGROUP_ROOT, !options.cgroupRoots().isEmpty());
    refuse(Opt.FREEZE_CGROUP, options.text(Opt.FREEZE_CGROUP) != null);
  }

  private static void refuse(Opt option, boolean given) {
    if (given) {
      throw new UnsupportedException(
          "option --" + option.longName(),
          option.help() + " is not supported yet; leave it out or run CRIU for this operation");
    }
  }
}
