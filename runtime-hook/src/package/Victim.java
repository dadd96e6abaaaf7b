// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.Selector;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;

/**
 * What is dumped while the class-data archive is made: a process with more than a few threads, a
 * child that waits for a time, and the files that servers have open: TCP connections, Unix sockets
 * (of the JDK's own, which wake up a watch service), epoll, inotify.
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
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket server = listener.accept();
        Selector selector = Selector.open();
        WatchService watch = FileSystems.getDefault().newWatchService()) {
      Path.of("/").register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      System.out.println("ready");
      sleep();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(600_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
