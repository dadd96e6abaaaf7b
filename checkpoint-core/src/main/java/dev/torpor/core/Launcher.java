// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.RestoreException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The native process that the caller started and that started this JVM, or one that serves it
 * ({@link ServingLauncher}). It starts the first task of a restore, so that this is its own child
 * or its caller's. Messages are {@code struct request} of launcher.h.
 */
public class Launcher {
  private static final int SPAWN = 1;
  private static final int KEEP = 2;
  private static final int WAIT = 3;
  private static final int GUARD = 4;
  private static final int SCRIPT = 5;
  private static final int TAKE = 6;
  private static final int BECOME = 7;
  private static final int SERVE = 8;

  /** Above what either process has opened by itself. */
  private static final int FIRST_TAKEN = 100;

  /**
   * In place of a descriptor: the stub is born in the launcher's pid namespace, or in a new one.
   */
  static final int OWN_PID_NAMESPACE = -1;

  private static final int MAX_TIDS = 8;
  private static final int MAX_FDS = 64;
  private static final int REQUEST_BYTES =
      4 * Integer.BYTES + 6 * Long.BYTES + (MAX_TIDS + MAX_FDS) * Integer.BYTES;

  private final UnixChannel control;
  private final int pid;

  /**
   * The launcher at the other end of a socket.
   *
   * @param controlFd of this process
   * @param pid of the launcher
   */
  public Launcher(int controlFd, int pid) {
    this.control = new UnixChannel(controlFd);
    this.pid = pid;
  }

  /** The launcher's pid: the one that the caller knows as CRIU's. */
  public int pid() {
    return pid;
  }

  /**
   * Where a stub starts.
   *
   * @param cloneFlags CLONE_NEW*, CLONE_PARENT
   * @param pidNamespace the launcher's descriptor of the one it is born in, or {@link
   *     #OWN_PID_NAMESPACE}
   * @param base address of the stage
   * @param codeBytes executable part of it
   * @param stageBytes all of it
   * @param program address of the first program
   * @param stack top of its stack
   */
  record Stub(
      long cloneFlags,
      int pidNamespace,
      long base,
      long codeBytes,
      long stageBytes,
      long program,
      long stack) {}

  /**
   * Starts the first stub.
   *
   * @param tids its pid, innermost pid namespace first; may be empty
   * @param fds descriptors of this process; the first is the stage's, the last a pipe that the stub
   *     reads a byte from before it enters the stage; it ends if it finds the pipe's end instead
   * @param numbers what the stub is to know them by
   * @return its pid, or a negated error number
   */
  int spawn(Stub stub, int[] tids, int[] fds, int[] numbers) {
    byte[] bytes = request(SPAWN);
    ByteBuffer request = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    request.putInt(4, tids.length).putInt(8, fds.length).putInt(12, stub.pidNamespace);
    request
        .putLong(16, stub.cloneFlags)
        .putLong(24, stub.base)
        .putLong(32, stub.codeBytes)
        .putLong(40, stub.stageBytes)
        .putLong(48, stub.program)
        .putLong(56, stub.stack);
    for (int i = 0; i < tids.length; i++) {
      request.putInt(64 + 4 * i, tids[i]);
    }
    for (int i = 0; i < numbers.length; i++) {
      request.putInt(64 + 4 * MAX_TIDS + 4 * i, numbers[i]);
    }
    send(bytes, fds);
    return answer();
  }

  /** The stub is a restored task now, and no longer ends when this JVM ends without a word. */
  void keepStub(boolean waitForItsEnd) {
    send(request(waitForItsEnd ? WAIT : KEEP));
  }

  /**
   * A restore is whole: nothing is to be taken back. To be said here only by who did not start this
   * JVM: who did waits for its end with status 0, which callers look at.
   */
  void succeeded(Guardian guardian) {}

  /**
   * Starts a process that takes back what it is told of, unless it is told that all is done; the
   * launcher gets the other end too.
   */
  Guardian guard() {
    int[] pair = Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_SEQPACKET | Socket.SOCK_CLOEXEC, 0);
    try {
      send(request(GUARD), pair[1], pair[0]);
    } catch (RestoreException e) {
      Unistd.close(pair[0]);
      throw e;
    } finally {
      Unistd.close(pair[1]);
    }
    return new Guardian(pair[0]);
  }

  /**
   * Runs a program of the user's with the caller's environment, and waits for its end.
   *
   * @param program path, or a name to look for in PATH
   * @param variables what its environment has besides, as {@code NAME=VALUE}
   * @param directoryFd where it runs
   * @param outputFd takes what it writes
   * @return its status as of wait(2)
   * @throws ErrnoException if it cannot be run
   */
  public int runScript(String program, List<String> variables, int directoryFd, int outputFd) {
    int text = Memfd.memfdCreate("torpor-script", Memfd.MFD_CLOEXEC);
    try {
      write(text, program);
      for (int i = 0; i < variables.size(); i++) {
        write(text, variables.get(i));
      }
      send(request(SCRIPT), text, directoryFd, outputFd);
    } finally {
      Unistd.close(text);
    }
    int status = answer();
    if (status < 0) {
      throw new ErrnoException("exec", program, -status);
    }
    return status;
  }

  /**
   * Has the launcher hold a descriptor, as if its caller had given it.
   *
   * @param fd of this process; stays open, as long as a restore is to find it
   * @return the number that both processes have it by from now on, for {@link
   *     RestoreOptions#inherited}
   * @throws ErrnoException EBUSY if the launcher has something else there
   */
  public int take(int fd) {
    int number = Fcntl.dupCloexec(fd, FIRST_TAKEN);
    byte[] bytes = request(TAKE);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(REQUEST_BYTES - MAX_FDS * Integer.BYTES, number);
    send(bytes, fd);
    int failed = answer();
    if (failed < 0) {
      Unistd.close(number);
      throw new ErrnoException("dup3", fd + ", " + number, -failed);
    }
    return number;
  }

  /**
   * If this JVM ends with status 0, the launcher becomes a program of the user's: the parent of
   * what has been restored.
   *
   * @param command the program, looked for in PATH, and its arguments
   * @param directoryFd where it runs
   * @param outputFd takes what it writes; -1 for the caller's own
   */
  public void become(List<String> command, int directoryFd, int outputFd) {
    int text = Memfd.memfdCreate("torpor-command", Memfd.MFD_CLOEXEC);
    try {
      for (int i = 0; i < command.size(); i++) {
        write(text, command.get(i));
      }
      if (outputFd < 0) {
        send(request(BECOME), text, directoryFd);
      } else {
        send(request(BECOME), text, directoryFd, outputFd);
      }
    } finally {
      Unistd.close(text);
    }
  }

  /**
   * If this JVM ends with status 0, the launcher waits for clients of a socket, and serves each in
   * a process of its own.
   *
   * @param listeningFd the socket
   * @param pidfileFd takes the number of the process that waits; -1 for none
   * @param background whether that is one that the caller does not wait for
   * @param readyFd the caller's, which takes a NUL when it waits; -1 for none
   */
  public void serve(int listeningFd, int pidfileFd, boolean background, int readyFd) {
    byte[] bytes = request(SERVE);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(REQUEST_BYTES - MAX_FDS * Integer.BYTES, background ? 1 : 0)
        .putInt(REQUEST_BYTES - (MAX_FDS - 1) * Integer.BYTES, readyFd);
    if (pidfileFd < 0) {
      send(bytes, listeningFd);
    } else {
      send(bytes, listeningFd, pidfileFd);
    }
  }

  private static void write(int fd, String text) {
    byte[] name = KernelString.encode(text);
    try (NativeMemory terminated = NativeMemory.allocate(name.length + 1)) {
      Unistd.writeAll(fd, terminated.putBytes(0, name));
    }
  }

  private void send(byte[] request, int... fds) {
    try {
      control.send(request, fds);
    } catch (ErrnoException e) {
      throw e.is(Errno.EPIPE) ? gone() : e;
    }
  }

  private static RestoreException gone() {
    return new RestoreException("the launcher of this operation was killed; try again");
  }

  private int answer() {
    byte[] answer = control.receive(Integer.BYTES).data();
    if (answer.length == 0) {
      throw gone();
    }
    return ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static byte[] request(int kind) {
    byte[] bytes = new byte[REQUEST_BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, kind);
    return bytes;
  }
}
