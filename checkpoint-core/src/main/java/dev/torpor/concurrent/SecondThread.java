// SPDX-License-Identifier: Apache-2.0
package dev.torpor.concurrent;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Work that one more platform thread does, in the order it was given: what needs no ptrace, beside
 * a thread that ptrace is bound to. Who wants a result that nobody has begun to work at does the
 * work himself, so it never waits behind other work.
 */
public final class SecondThread implements AutoCloseable {
  /** Fewer pieces are done sooner than another platform thread has started. */
  public static final int MANY = 16;

  private ThreadPoolExecutor executor;

  /** Begins work. */
  public <T> FutureTask<T> begin(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    execute(task);
    return task;
  }

  /** Begins work that may be done by others too: who comes first does it. */
  public void begin(FutureTask<?> task) {
    execute(task);
  }

  /** Begins pieces of work, in their order. Who wants to wait for them helps: {@link #finish}. */
  public <T> void begin(List<FutureTask<T>> tasks) {
    execute(() -> run(tasks));
  }

  private void execute(Runnable work) {
    if (executor == null) {
      executor =
          new ThreadPoolExecutor(
              1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), SecondThread::thread);
    }
    executor.execute(work);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "beside");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * What came of work, which is awaited even by a thread that is interrupted: it may use memory of
   * the caller.
   *
   * @throws IOException as the work did, and what else it threw
   */
  public static <T> T result(FutureTask<T> task) throws IOException {
    task.run();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw thrown(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * What came of work; what is to be done anyway is done until then, from the end.
   *
   * @throws IOException as the work did, and what else it threw
   */
  public static <T> T result(FutureTask<T> task, List<? extends FutureTask<?>> meanwhile)
      throws IOException {
    for (int i = meanwhile.size() - 1; i >= 0 && !task.isDone(); i--) {
      meanwhile.get(i).run();
    }
    return result(task);
  }

  /**
   * Does what nobody has begun: many pieces by both threads, the other one from the beginning and
   * this one from the end, so that they meet once. What came of it is for {@link #result} to tell.
   */
  public <T> void share(List<FutureTask<T>> tasks) {
    if (tasks.size() >= MANY) {
      begin(tasks);
    }
    for (int i = tasks.size() - 1; i >= 0; i--) {
      tasks.get(i).run();
    }
  }

  /**
   * As {@link #share}, and waits for all of it.
   *
   * @throws IOException as one of them did, and what else it threw
   */
  public <T> void finish(List<FutureTask<T>> tasks) throws IOException {
    share(tasks);
    for (FutureTask<T> task : tasks) {
      result(task);
    }
  }

  private static <T> void run(List<FutureTask<T>> tasks) {
    for (FutureTask<T> task : tasks) {
      task.run();
    }
  }

  private static IOException thrown(Throwable cause) {
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof IOException checked ? checked : new IOException(cause);
  }

  /** Drops what is not begun and waits for the end of what is. */
  @Override
  public void close() {
    if (executor == null) {
      return;
    }
    // No interrupt: it would close the file that is being read or written.
    executor.getQueue().clear();
    executor.shutdown();
    boolean interrupted = false;
    while (!executor.isTerminated()) {
      try {
        executor.awaitTermination(1, TimeUnit.HOURS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
