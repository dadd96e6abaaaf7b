// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The peer of {@code programs/echo.py}, outside of the tree: sends bytes that nobody can guess, and
 * wants each of them back, in order.
 */
final class EchoClient implements AutoCloseable {
  private static final int SEED = 4711;
  private static final int PIECE_BYTES = 50_000;

  private final Socket socket;
  private final Random sent = new Random(SEED);
  private final Random expected = new Random(SEED);
  private volatile boolean ends;
  private volatile long lastByte = -1;
  private volatile long received;

  EchoClient(String address, int port) throws IOException {
    socket = new Socket(InetAddress.getAllByName(address)[0], port);
  }

  /** Bytes that have come back so far. */
  long received() {
    return received;
  }

  /** Sends and receives in two threads, until {@link #end}. */
  CompletableFuture<Void> begin() {
    CompletableFuture<Void> sender = CompletableFuture.runAsync(this::send, this::thread);
    CompletableFuture<Void> receiver = CompletableFuture.runAsync(this::receive, this::thread);
    return CompletableFuture.allOf(sender, receiver);
  }

  private void thread(Runnable work) {
    Thread thread = new Thread(work, "echo-client");
    thread.setDaemon(true);
    thread.start();
  }

  private void send() {
    try {
      long bytes = 0;
      while (lastByte < 0) {
        byte[] piece = new byte[PIECE_BYTES];
        bytes += PIECE_BYTES;
        if (ends) {
          lastByte = bytes;
        }
        sent.nextBytes(piece);
        socket.getOutputStream().write(piece);
      }
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private void receive() {
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] piece = new byte[PIECE_BYTES];
      byte[] wanted = new byte[PIECE_BYTES];
      long done = 0;
      // Up to the last: a sender would wait for ever for a server that nobody reads from.
      while (done != lastByte) {
        in.readFully(piece);
        expected.nextBytes(wanted);
        if (!Arrays.equals(piece, wanted)) {
          throw new AssertionError("other bytes came back behind " + done);
        }
        done += PIECE_BYTES;
        received = done;
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /** The threads end when they have done what they are at. */
  void end() {
    ends = true;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
