// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.core.Checkpointer;
import dev.torpor.core.DumpOptions;
import dev.torpor.core.DumpResult;
import dev.torpor.core.Launcher;
import dev.torpor.core.RestoreOptions;
import dev.torpor.core.RestoreResult;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.DeletedFileOptions;
import dev.torpor.file.FileLockOptions;
import dev.torpor.file.SearchOptions;
import dev.torpor.file.ServiceConnection;
import dev.torpor.file.TerminalOptions;
import dev.torpor.image.ImageDirectory;
import dev.torpor.linux.Ioctl;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Job;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.FileValidation;
import dev.torpor.runtime.option.FinalState;
import dev.torpor.runtime.option.Opt;
import dev.torpor.tcp.ConnectionOptions;
import dev.torpor.tcp.ConnectionOptions.Lock;
import java.util.List;

/** Hands jobs to the core: the one place where options change their shape. */
final class CoreEngine implements Engine {
  /** The JVM has the launcher's. */
  private static final int STDIN = 0;

  private final Launcher launcher;

  /**
   * Prepares an engine.
   *
   * @param launcher who starts what is restored; null if a JVM was started without one
   */
  CoreEngine(Launcher launcher) {
    this.launcher = launcher;
  }

  @Override
  public DumpResult dump(Job job) {
    CriuOptions options = job.options();
    return checkpointer(options)
        .dump(
            new DumpOptions(options.treePid(), images(job))
                .leaveRunning(options.finalState() == FinalState.RUNNING)
                .leaveStopped(options.finalState() == FinalState.STOPPED)
                .timeoutSeconds(options.timeoutSeconds())
                .buildIds(options.fileValidation() == FileValidation.BUILDID)
                .liveMemory(options.on(Opt.LIVE_MEMORY))
                .shellJob(options.on(Opt.SHELL_JOB))
                .tell(terminals(options, options.on(Opt.SHELL_JOB)))
                .tell(new FileLockOptions(options.on(Opt.FILE_LOCKS)))
                .tell(connections(options))
                .tell(new DeletedFileOptions(options.ghostLimitBytes(), options.on(Opt.LINK_REMAP)))
                .tell(new SearchOptions(options.list(Opt.IRMAP_SCAN_PATH)))
                .tell(new ServiceConnection(options.requestSocketIno()))
                .notifier(job.notifier())
                .log(job.log()));
  }

  @Override
  public RestoreResult restore(Job job) {
    return checkpointer(job.options()).restore(restoreOptions(job));
  }

  @Override
  public String plan(Job job) {
    return checkpointer(job.options()).plan(restoreOptions(job));
  }

  private Checkpointer checkpointer(CriuOptions options) {
    Launcher caller = launcher();
    CriuModules modules = new CriuModules(options, Integer.toString(caller.pid()));
    return Checkpointer.builder().modules(modules).launcher(caller).build();
  }

  private static RestoreOptions restoreOptions(Job job) {
    CriuOptions options = job.options();
    return new RestoreOptions(images(job))
        .attached(!options.on(Opt.RESTORE_DETACHED) && !options.on(Opt.RESTORE_SIBLING))
        .sibling(options.on(Opt.RESTORE_SIBLING))
        .leaveStopped(options.finalState() == FinalState.STOPPED)
        .tell(terminals(options, options.on(Opt.SHELL_JOB) && Ioctl.isatty(STDIN)))
        .tell(connections(options))
        .checksBuildIds(options.fileValidation() == FileValidation.BUILDID)
        .checksFileMode(!options.on(Opt.SKIP_FILE_RWX_CHECK))
        .pidfile(pidfile(job))
        .inherited(options.inheritedByResource())
        .notifier(job.notifier())
        .log(job.log());
  }

  private static TerminalOptions terminals(CriuOptions options, boolean standardInput) {
    return new TerminalOptions(options.on(Opt.SHELL_JOB), standardInput, options.orphanPtsMaster());
  }

  private static ConnectionOptions connections(CriuOptions options) {
    Lock lock =
        switch (options.networkLock()) {
          case IPTABLES -> Lock.IPTABLES;
          case NFTABLES -> Lock.NFTABLES;
          case SKIP -> Lock.SKIP;
        };
    return new ConnectionOptions(
        options.on(Opt.TCP_ESTABLISHED),
        options.on(Opt.TCP_CLOSE),
        options.on(Opt.SKIP_IN_FLIGHT),
        lock);
  }

  @Override
  public int runScript(String program, List<String> variables, int directoryFd, int outputFd) {
    return launcher().runScript(program, variables, directoryFd, outputFd);
  }

  @Override
  public int lend(int fd) {
    return launcher().take(fd);
  }

  @Override
  public void become(List<String> command, int directoryFd, int outputFd) {
    launcher().become(command, directoryFd, outputFd);
  }

  @Override
  public void serve(int listeningFd, int pidfileFd, boolean background, int readyFd) {
    launcher().serve(listeningFd, pidfileFd, background, readyFd);
  }

  private static String pidfile(Job job) {
    String name = job.options().text(Opt.PIDFILE);
    return name == null ? null : job.directories().inWork(name);
  }

  private static ImageDirectory images(Job job) {
    return ImageDirectory.ofFd(job.directories().imagesFd());
  }

  private Launcher launcher() {
    if (launcher == null) {
      throw new UnsupportedException(
          "dump and restore",
          "the JVM was not started by the launcher; run bin/torpor instead of java");
    }
    return launcher;
  }
}
