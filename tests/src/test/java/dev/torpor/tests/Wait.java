// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what a program does in its own time. */
final class Wait {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Wait() {}

  static void until(String what, BooleanSupplier condition) {
    until(what, condition, () -> "");
  }

  /** Waits; {@code instead} tells what is the case if it does not become so. */
  static void until(String what, BooleanSupplier condition, Supplier<String> instead) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "not within " + PATIENCE.toSeconds() + " s: " + what + instead.get());
      }
      millis(10);
    }
  }

  static void micros(long micros) {
    LockSupport.parkNanos(1000 * micros);
  }

  static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
