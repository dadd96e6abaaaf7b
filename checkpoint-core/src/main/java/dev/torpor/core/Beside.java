// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * Work that one more platform thread does, in the order it was given: what needs no ptrace, beside
 * a thread that ptrace is bound to. Who wants a result that nobody has begun to work at does the
 * work himself, so it never waits behind other work.
 */
public final class Beside implements AutoCloseable {
  private ExecutorService executor;

  /** Begins work. */
  public <T> FutureTask<T> begin(Callable<T> work) {
    if (executor == null) {
      executor = Executors.newSingleThreadExecutor(Beside::thread);
    }
    FutureTask<T> task = new FutureTask<>(work);
    executor.execute(task);
    return task;
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
    executor.shutdownNow();
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
