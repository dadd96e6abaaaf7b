// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;

/**
 * What is dumped while the class-data archive is made: a process with more than a few threads, and
 * a child that waits for a time.
 */
public final class Victim {
  private static final int THREADS = 24;

  private Victim() {}

  /** Says when all of it is there, and sleeps. */
  public static void main(String[] arguments) throws IOException {
    new ProcessBuilder("sleep", "600").inheritIO().start();
    for (int i = 0; i < THREADS; i++) {
      new Thread(Victim::sleep).start();
    }
    System.out.println("ready");
    sleep();
  }

  private static void sleep() {
    try {
      Thread.sleep(600_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
