// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

/** How long the stages of an operation took. */
final class Stopwatch {
  private long started;
  private long sumNanos;

  void start() {
    started = System.nanoTime();
  }

  void stop() {
    sumNanos += System.nanoTime() - started;
  }

  /** All intervals together, as the statistics images hold it. */
  int micros() {
    return (int) (sumNanos / 1000);
  }
}
