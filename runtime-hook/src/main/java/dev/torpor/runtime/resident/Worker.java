// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.resident;

import dev.torpor.linux.Unistd;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;

/**
 * Does one operation on a thread of its own: with it ends all that the kernel keeps by threads,
 * such as whom it traces, and namespaces that it has gone to.
 */
final class Worker {
  private static final int ENDING_MILLIS = 1000;

  private final Operator operator;
  private final OwnDescriptors descriptors;

  private int status;
  private boolean ended;

  Worker(Operator operator, OwnDescriptors descriptors) {
    this.operator = operator;
    this.descriptors = descriptors;
  }

  /**
   * Does it, in the caller's surroundings, and leaves them.
   *
   * @return exit status
   */
  int run(Work work) {
    enter(work);
    status = 1;
    ThreadGroup group = new ThreadGroup("operation");
    Thread thread = new Thread(group, () -> operate(work), "operation");
    thread.start();
    join(thread, 0);
    ended = joinAll(group);
    System.out.flush();
    System.err.flush();
    leave(work);
    return status;
  }

  /** Whether nothing of the last operation runs on. */
  boolean hasEnded() {
    return ended;
  }

  /** Those that it has started have nothing to do any more, and end. */
  private static boolean joinAll(ThreadGroup group) {
    Thread[] others = new Thread[group.activeCount()];
    int count = group.enumerate(others);
    for (int i = 0; i < count; i++) {
      join(others[i], ENDING_MILLIS);
    }
    return group.activeCount() == 0;
  }

  private void operate(Work work) {
    status =
        operator.run(
            work.words().get(0),
            work.words().subList(1, work.words().size()),
            work.launchers(Work.ENVIRONMENT),
            work.launchers(Work.CONTROL),
            work.launcherPid());
  }

  private static void enter(Work work) {
    for (int i = 0; i < work.numbers().length; i++) {
      Unistd.dup3(work.callers(i), work.numbers()[i], 0);
      Unistd.close(work.callers(i));
    }
    int directory = work.launchers(Work.DIRECTORY);
    Unistd.fchdir(directory);
    Unistd.close(directory);
    Unistd.umask(work.umask());
    // New ones: a stream keeps to itself for ever that it could not write.
    System.setOut(stream(FileDescriptor.out));
    System.setErr(stream(FileDescriptor.err));
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true);
  }

  private void leave(Work work) {
    Unistd.close(work.launchers(Work.CONTROL));
    Unistd.chdir("/");
    descriptors.forget(work);
  }

  private static void join(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the engine as a whole", e);
    }
  }
}
