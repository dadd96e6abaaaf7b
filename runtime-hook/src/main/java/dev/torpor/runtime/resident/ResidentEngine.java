// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.resident;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Poll;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import dev.torpor.proc.SmapsRollup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Waits for launchers, and works for one at a time. As long as it does the kernel ends this process
 * with the launcher, or when that says so, as it ends a JVM that serves one operation: nothing here
 * has to notice. What has failed, or leaves anything behind, is the last that it has done: the end
 * of a process is what takes all of it back.
 */
public final class ResidentEngine {
  /** So soon after work nobody else is expected, and what it left in memory is given back. */
  private static final int PAUSE_MILLIS = 200;

  /** Whoever has more at rest, behind an operation of whatever size, begins anew. */
  private static final long MOST_KIB = 100 << 10;

  private static final byte[] READY = {1};

  private final int listening;
  private final int idleMillis;
  private final String socket;
  private final OwnDescriptors descriptors;
  private final Worker worker;
  private volatile UnixChannel launcher;

  private ResidentEngine(int listening, String socket, Operator operator) throws IOException {
    this.listening = listening;
    this.socket = socket;
    this.idleMillis = 1000 * Integer.getInteger("torpor.engine.idle");
    this.descriptors = new OwnDescriptors();
    this.worker = new Worker(operator, descriptors);
  }

  /**
   * Gets ready; the launcher that has started it lets others find it.
   *
   * @param operator does the work
   * @return null if this JVM is not to be resident
   * @throws IOException if it cannot
   */
  public static ResidentEngine start(Operator operator) throws IOException {
    Integer listening = Integer.getInteger("torpor.engine.fd");
    if (listening == null) {
      return null;
    }
    return new ResidentEngine(listening, System.getProperty("torpor.engine.socket"), operator);
  }

  /** Works until nobody wants anything for long, or it would rather begin anew. */
  public void serve() {
    boolean stays = true;
    boolean rested = false;
    while (stays) {
      if (waitForLauncher(rested ? idleMillis : PAUSE_MILLIS)) {
        rested = false;
        stays = greet(OwnDescriptors.high(Socket.accept4(listening, Socket.SOCK_CLOEXEC)));
      } else if (rested) {
        stays = !leave();
      } else {
        rested = true;
        stays = !isLargeAtRest() || !leave();
      }
    }
  }

  private static boolean isLargeAtRest() {
    System.gc();
    return SmapsRollup.read("/proc/self/smaps_rollup").residentKib() > MOST_KIB;
  }

  private boolean waitForLauncher(int millis) {
    return Poll.poll(listening, Poll.POLLIN, millis) != 0;
  }

  /** Not if somebody has come meanwhile. */
  private boolean leave() {
    hide();
    if (waitForLauncher(0)) {
      greet(OwnDescriptors.high(Socket.accept4(listening, Socket.SOCK_CLOEXEC)));
    }
    return true;
  }

  /** If it can be found yet. */
  private void hide() {
    try {
      Unistd.unlinkat(Fcntl.AT_FDCWD, socket, 0);
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }

  private boolean greet(int connection) {
    UnixChannel channel = new UnixChannel(connection);
    Work work = receive(channel);
    boolean stays = work == null || work(work, channel);
    Unistd.close(connection);
    return stays;
  }

  /** Null if it is not root's launcher, or has not waited for us. */
  private static Work receive(UnixChannel channel) {
    try (NativeMemory peer = NativeMemory.allocate(Socket.Ucred.SIZEOF)) {
      Socket.getsockopt(channel.fd(), Socket.SOL_SOCKET, Socket.SO_PEERCRED, peer);
      if (peer.getInt(Socket.Ucred.uid) != 0) {
        return null;
      }
      channel.send(READY);
      return Work.receive(channel, peer.getInt(Socket.Ucred.pid));
    } catch (ErrnoException e) {
      return null;
    }
  }

  private boolean work(Work work, UnixChannel channel) {
    endWith(channel.fd());
    launcher = channel;
    int status = worker.run(work);
    launcher = null;
    Fcntl.setFl(channel.fd(), Fcntl.getFl(channel.fd()) & ~Fcntl.FASYNC);
    boolean stays = status == 0 && worker.hasEnded() && !descriptors.hasOthersThan(channel.fd());
    if (!stays) {
      hide();
    }
    answer(channel, status, !stays);
    return stays;
  }

  /** What PR_SET_PDEATHSIG is to a child. */
  private static void endWith(int connection) {
    Fcntl.setSig(connection, Signal.SIGKILL);
    Fcntl.setOwnerEx(connection, Fcntl.F_OWNER_PID, Unistd.getpid());
    Fcntl.setFl(connection, Fcntl.getFl(connection) | Fcntl.FASYNC);
    if ((Poll.poll(connection, 0, 0) & Poll.POLLHUP) != 0) {
      Runtime.getRuntime().halt(1);
    }
  }

  /** This process ends with a failure, of which its standard error has been told. */
  public void fail() {
    UnixChannel told = launcher;
    if (told != null) {
      answer(told, 1, true);
    }
  }

  private static void answer(UnixChannel channel, int status, boolean leaves) {
    byte[] answer = new byte[2 * Integer.BYTES];
    // As of wait(2).
    ByteBuffer.wrap(answer)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(status << 8)
        .putInt(leaves ? 1 : 0);
    try {
      channel.send(answer);
    } catch (ErrnoException e) {
      // It was killed a moment ago. What it had asked for is done, and its guardian takes it back.
      return;
    }
  }
}
