// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.DumpException;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Unistd;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** Asks the kernel from within another network namespace. */
public final class InNetNamespace {
  private InNetNamespace() {}

  /**
   * Calls {@code question} in a thread of its own, for a thread that has entered a namespace stays
   * there. A netlink socket answers for the namespace it was made in.
   *
   * @throws RuntimeException what {@code question} throws
   */
  static <T> T of(Descriptor socket, Supplier<T> question) {
    int namespace = Ioctl.ioctl(socket.borrowed(), Ioctl.SIOCGSKNS, "SIOCGSKNS", 0);
    try {
      return of(namespace, question);
    } finally {
      Unistd.close(namespace);
    }
  }

  /**
   * The same for the namespace that a descriptor refers to.
   *
   * @throws RuntimeException what {@code question} throws
   */
  public static <T> T of(int namespace, Supplier<T> question) {
    AtomicReference<T> answer = new AtomicReference<>();
    AtomicReference<RuntimeException> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                Sched.setns(namespace, Sched.CLONE_NEWNET);
                answer.set(question.get());
              } catch (RuntimeException e) {
                failure.set(e);
              }
            },
            "sock_diag");
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DumpException("interrupted while asking for sockets", e);
    }
    if (failure.get() != null) {
      throw failure.get();
    }
    return answer.get();
  }
}
