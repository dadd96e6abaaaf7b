// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.DumpException;
import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Stat;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.util.List;

/**
 * A descriptor of a task and what can be seen of it from outside. While it is open, {@link
 * #borrowed} is Torpor's own descriptor of the same open file: whatever is changed through it
 * (position, status flags, what is read without peeking) changes for the target.
 */
public final class Descriptor implements AutoCloseable {
  private final int pid;
  private final int fd;
  private final String name;
  private final String link;
  private final FileStat stat;
  private final Fdinfo fdinfo;
  private final SigioOwner owner;
  private final boolean inFlight;
  private FileSystemTypes types = FileSystemTypes.NONE;
  private long netNsInode;
  private SocketKind socketKind;
  private int borrowed;

  private Descriptor(
      int pid,
      int fd,
      String name,
      String link,
      FileStat stat,
      Fdinfo fdinfo,
      int borrowed,
      boolean inFlight) {
    this.inFlight = inFlight;
    this.pid = pid;
    this.fd = fd;
    this.name = name;
    this.link = link;
    this.stat = stat;
    this.fdinfo = fdinfo;
    this.borrowed = borrowed;
    // O_PATH descriptors answer EBADF to all that needs more than the path.
    this.owner =
        (fdinfo.flags() & Fcntl.O_PATH) == 0
            ? SigioOwner.of(borrowed)
            : new SigioOwner(0, 0, 0, 0, 0);
  }

  /**
   * What was borrowed from a task.
   *
   * @param types those of the same capture
   */
  static Descriptor borrowed(
      int pid, int fd, String link, FileStat stat, Fdinfo fdinfo, int own, FileSystemTypes types) {
    Descriptor descriptor = new Descriptor(pid, fd, "fd/" + fd, link, stat, fdinfo, own, false);
    descriptor.types = types;
    return descriptor;
  }

  /**
   * Takes over what was received from the queue of a socket, without taking it out (MSG_PEEK).
   *
   * @param received Torpor's own descriptor
   * @param socket where it waits
   */
  static Descriptor inFlight(ProcFs proc, int received, Descriptor socket) {
    String self = proc.root() + "/self/";
    return new Descriptor(
        socket.pid,
        -1,
        "a descriptor in flight to " + (socket.fd < 0 ? socket.name : "fd " + socket.fd),
        Unistd.readlinkat(Fcntl.AT_FDCWD, self + "fd/" + received),
        FileStat.of(received),
        Fdinfo.read(self + "fdinfo/" + received),
        received,
        true);
  }

  /**
   * Opens what a link of a task in /proc leads to, only as a path: {@code exe}, {@code cwd}, {@code
   * map_files/1000-2000}. Nothing of the target is shared.
   */
  static Descriptor ofLink(ProcFs proc, int pid, String name) {
    try {
      return ofLink(proc, pid, name, proc.path(pid, name));
    } catch (ErrnoException e) {
      String subject = name + " of task " + pid;
      if (e.is(Errno.ENAMETOOLONG)) {
        throw new UnsupportedException(
            subject,
            "its path is longer than 4096 bytes, and nothing can be opened by it; let the program"
                + " leave it");
      }
      if (e.is(Errno.EPERM) || e.is(Errno.EACCES)) {
        throw new DumpException(
            "cannot look at "
                + subject
                + ": it takes CAP_SYS_PTRACE, and for map_files CAP_CHECKPOINT_RESTORE, in the"
                + " initial user namespace",
            e.errno(),
            e);
      }
      throw e;
    }
  }

  private static Descriptor ofLink(ProcFs proc, int pid, String name, String path) {
    int own = Fcntl.open(path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
    try {
      String self = proc.root() + "/self/fdinfo/" + own;
      Descriptor descriptor =
          new Descriptor(
              pid,
              -1,
              name,
              Unistd.readlinkat(Fcntl.AT_FDCWD, path),
              FileStat.of(own),
              Fdinfo.read(self),
              own,
              false);
      own = -1;
      return descriptor;
    } finally {
      if (own >= 0) {
        Unistd.close(own);
      }
    }
  }

  /** The task, as Torpor sees it. */
  public int pid() {
    return pid;
  }

  /** Where it can be looked at with kcmp(2): the task, or Torpor for what is in flight. */
  int holder() {
    return inFlight ? Unistd.getpid() : pid;
  }

  /** Its number there. */
  int heldAs() {
    return inFlight ? borrowed : fd;
  }

  /** Leads to it in Torpor's own /proc. */
  public String path(ProcFs proc) {
    return inFlight ? proc.root() + "/self/fd/" + borrowed : proc.path(pid, name);
  }

  /** The number in the task, -1 for what is no descriptor: exe, cwd, what is in flight ... */
  public int fd() {
    return fd;
  }

  /** Torpor's own descriptor of the same open file; -1 after {@link #close}. */
  public int borrowed() {
    return borrowed;
  }

  /** Its name below /proc/PID: {@code fd/7}, {@code map_files/1000-2000}. */
  public String name() {
    return name;
  }

  /** What /proc/PID/fd/N shows: a path, {@code pipe:[4711]}, {@code anon_inode:[eventfd]} ... */
  public String link() {
    return link;
  }

  /** Type, inode, size ... */
  public FileStat stat() {
    return stat;
  }

  /** O_* of the open file, without O_CLOEXEC, which belongs to the descriptor. */
  public int flags() {
    return fdinfo.flags() & ~Fcntl.O_CLOEXEC;
  }

  /** Whether this number is closed by execve. */
  public boolean closeOnExec() {
    return (fdinfo.flags() & Fcntl.O_CLOEXEC) != 0;
  }

  /** Offset in bytes. */
  public long pos() {
    return fdinfo.pos();
  }

  /** The mount it was opened through, as numbered in mountinfo. */
  public int mntId() {
    return fdinfo.mntId();
  }

  /** The type of the file system, as fstatfs(2) names it. */
  long fileSystemType() {
    return types.of(fdinfo.mntId(), borrowed);
  }

  /** What socket(2) was told when it was made; null if it is no socket. */
  SocketKind socketKind() {
    if (socketKind == null && stat.is(Stat.S_IFSOCK) && link.startsWith("socket:[")) {
      socketKind = SocketKind.of(borrowed);
    }
    return socketKind;
  }

  /** Whether it is a socket of a family. */
  boolean isSocketOf(int family) {
    return socketKind() != null && socketKind.family() == family;
  }

  /** The inode of the network namespace that a socket lives in. */
  long netNsInode() {
    if (netNsInode == 0) {
      netNsInode = SocketOptions.netNsInode(borrowed);
    }
    return netNsInode;
  }

  /** What /proc/PID/fdinfo/N has behind a key and a colon, or null. */
  public String fdinfoValue(String key) {
    return fdinfo.value(key);
  }

  /** What /proc/PID/fdinfo/N has behind a key that may stand in any number of lines. */
  public List<String> fdinfoValues(String key) {
    return fdinfo.values(key);
  }

  Fdinfo fdinfo() {
    return fdinfo;
  }

  SigioOwner owner() {
    return owner;
  }

  /** As a message names it: {@code fd 7 of task 42 (/var/log/x)}. */
  public String subject() {
    return (fd < 0 ? name : "fd " + fd) + " of task " + pid + " (" + link + ")";
  }

  @Override
  public void close() {
    if (borrowed >= 0) {
      Unistd.close(borrowed);
      borrowed = -1;
    }
  }
}
