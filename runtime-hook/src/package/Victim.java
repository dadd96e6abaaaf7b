// SPDX-License-Identifier: Apache-2.0

/** What is dumped while the class-data archive is made: a process with more than a few threads. */
public final class Victim {
  private static final int THREADS = 24;

  private Victim() {}

  /** Says when all threads are there, and sleeps. */
  public static void main(String[] arguments) throws InterruptedException {
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
