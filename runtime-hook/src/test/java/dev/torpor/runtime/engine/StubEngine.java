// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.DumpResult;
import dev.torpor.core.Notifier.Action;
import dev.torpor.core.RestoreResult;
import dev.torpor.error.DumpException;
import dev.torpor.error.RestoreException;
import dev.torpor.linux.Unistd;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** Goes through the steps of an operation in CRIU's order, without any process. */
public final class StubEngine implements Engine {
  /** The pid that it says it restored. */
  public static final int ROOT_PID = 4242;

  private static final int ESRCH = 3;

  /** Jobs it was given. */
  public final List<Job> jobs = new ArrayList<>();

  /** Fails with this text when it is not null. */
  public String failure;

  @Override
  public DumpResult dump(Job job) {
    jobs.add(job);
    if (job.notifier().notify(Action.PRE_DUMP, 0) != 0) {
      throw new DumpException("pre-dump scripts forbid the dump");
    }
    if (failure != null) {
      throw new DumpException(failure, ESRCH, null);
    }
    job.log().info("dumping " + job.options().treePid());
    job.notifier().notify(Action.NETWORK_LOCK, job.options().treePid());
    int status = job.notifier().notify(Action.POST_DUMP, job.options().treePid());
    return new DumpResult(status, 1, 2, 3, 5, 6);
  }

  @Override
  public String plan(Job job) {
    jobs.add(job);
    return "the plan\n";
  }

  @Override
  public RestoreResult restore(Job job) {
    jobs.add(job);
    step(job, Action.PRE_RESTORE, 0);
    if (failure != null) {
      throw new RestoreException(failure);
    }
    step(job, Action.SETUP_NAMESPACES, ROOT_PID);
    step(job, Action.POST_SETUP_NAMESPACES, ROOT_PID);
    step(job, Action.POST_RESTORE, ROOT_PID);
    step(job, Action.NETWORK_UNLOCK, ROOT_PID);
    job.notifier().notify(Action.PRE_RESUME, ROOT_PID);
    job.notifier().notify(Action.POST_RESUME, ROOT_PID);
    return new RestoreResult(ROOT_PID, 1, 2, 0);
  }

  /** Runs it where the descriptors lead, which are this process' own. */
  @Override
  public int lend(int fd) {
    return fd;
  }

  /** What it was to become. */
  public List<String> command = List.of();

  /** The socket that it was to serve. */
  public int listening = -1;

  @Override
  public void become(List<String> words, int directoryFd, int outputFd) {
    command = List.copyOf(words);
  }

  @Override
  public void serve(int listeningFd, int pidfileFd, boolean background, int readyFd) {
    listening = listeningFd;
  }

  @Override
  public int runScript(String program, List<String> variables, int directoryFd, int outputFd) {
    ProcessBuilder builder = new ProcessBuilder(program);
    builder.directory(new File("/proc/" + Unistd.getpid() + "/fd/" + directoryFd));
    builder.redirectErrorStream(true);
    builder.redirectOutput(Redirect.appendTo(new File("/proc/self/fd/" + outputFd)));
    for (String variable : variables) {
      int equals = variable.indexOf('=');
      builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    try {
      return builder.start().waitFor() << Byte.SIZE;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void step(Job job, Action action, int pid) {
    if (job.notifier().notify(action, pid) != 0) {
      throw new RestoreException(action.scriptName() + " scripts forbid the restore");
    }
  }
}
