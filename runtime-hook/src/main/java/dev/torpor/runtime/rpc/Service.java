// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Sockaddr;
import dev.torpor.linux.Socket;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.engine.Directories;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.OperationLog;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * {@code service}: makes the socket. The launcher waits for clients, and serves each in a process
 * of its own ({@link Swrk}); no JVM is there in between.
 *
 * <p>As with CRIU 4.2.1 the socket is its owner's alone until somebody else changes its mode: who
 * can connect can do what the service can.
 */
public final class Service {
  private static final String DEFAULT_ADDRESS = "./criu_service.socket";
  private static final int BACKLOG = 16;
  private static final int OWNER_ONLY_MODE = 0600;

  private Service() {}

  /**
   * Makes the socket, and has the launcher serve when this process has ended.
   *
   * @return what is to be said of it
   * @throws OptionException if it cannot be made
   */
  public static String open(
      CriuOptions options, Directories directories, OperationLog log, Engine engine) {
    String address = options.text(Opt.ADDRESS, DEFAULT_ADDRESS);
    String pidfile = options.text(Opt.PIDFILE);
    try {
      int pidfileFd = pidfile == null ? -1 : create(directories.inWork(pidfile));
      int listening = listen(directories.inWork(address), address);
      engine.serve(
          listening,
          pidfileFd,
          options.on(Opt.RESTORE_DETACHED),
          Integer.parseInt(options.text(Opt.STATUS_FD, "-1")));
    } catch (ErrnoException | IOException e) {
      throw new OptionException(
          "service at " + address + ": " + e.getMessage() + ": name another place");
    }
    log.info("The service socket is bound to " + address);
    return "Service socket "
        + address
        + " has permissions 0600. Use chmod to make it accessible to other users if needed.";
  }

  private static int create(String file) {
    int flags = Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC;
    return Fcntl.open(file, flags, OWNER_ONLY_MODE);
  }

  private static int listen(String path, String address) throws IOException {
    if (path.length() >= Sockaddr.UNIX_PATH_MAX) {
      throw new OptionException(
          "service at " + address + ": a path of a socket has at most 107 bytes: name a shorter");
    }
    removeOld(path, address);
    int fd = Socket.socket(Socket.AF_UNIX, Socket.SOCK_SEQPACKET | Socket.SOCK_CLOEXEC, 0);
    // Its file is born with the mode that the socket has then.
    Unistd.fchmod(fd, OWNER_ONLY_MODE);
    Socket.bind(fd, Sockaddr.unix(path));
    Socket.listen(fd, BACKLOG);
    return fd;
  }

  /** CRIU removes whatever is there; what is no socket was meant for something else. */
  private static void removeOld(String path, String address) throws IOException {
    try {
      int mode = (int) Files.getAttribute(Path.of(path), "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & Stat.S_IFMT) != Stat.S_IFSOCK) {
        throw new OptionException(
            "service at " + address + ": there is a file that is no socket: name another place");
      }
      Unistd.unlinkat(Fcntl.AT_FDCWD, path, 0);
    } catch (NoSuchFileException e) {
      return;
    } catch (ErrnoException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
