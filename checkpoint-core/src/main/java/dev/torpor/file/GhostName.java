// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Stat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A name that a deleted file had, and the calls that give and take it. Directories above it that
 * are gone too are there as long as it is.
 */
final class GhostName {
  /** S_IRWXU, sys/stat.h. */
  private static final int OWNER_ONLY = 0x1c0;

  private final Program program;
  private final byte[] name;
  private final int id;
  private final int fd;
  private final int proc;
  private final String purpose;

  /**
   * In a program.
   *
   * @param name absolute
   * @param id of the ghost, for a name that nobody else has
   * @param fd where it is kept
   * @param proc a descriptor of /proc
   */
  GhostName(Program program, byte[] name, int id, int fd, int proc) {
    this.program = program;
    this.name = name.clone();
    this.id = id;
    this.fd = fd;
    this.proc = proc;
    this.purpose = "restoring the deleted file " + path();
  }

  String path() {
    return KernelString.decode(name);
  }

  int fd() {
    return fd;
  }

  String purpose() {
    return purpose;
  }

  static Data text(Program program, byte[] bytes) {
    return program.string(bytes);
  }

  /** A name beside it, as CRIU makes it. */
  private Data beside() {
    byte[] suffix = KernelString.encode(".cr." + Integer.toHexString(id) + ".ghost");
    byte[] beside = Arrays.copyOf(name, name.length + suffix.length);
    System.arraycopy(suffix, 0, beside, name.length, suffix.length);
    return text(program, beside);
  }

  /**
   * Makes the inode, so that nothing of it stays in the directory.
   *
   * @param others names that it had as well
   */
  void make(int mode, int device, List<GhostName> others) {
    List<Op> made = makeParents();
    make(text(program, name), mode, device, others, true);
    removeParents(made);
  }

  private void make(Data path, int mode, int device, List<GhostName> others, boolean mayBeTaken) {
    Op making = begin(path, mode, device);
    Op skip = null;
    if (mayBeTaken) {
      making.expectAnything();
      skip = program.skipIfFailed(making);
    } else {
      making.otherwise("neither its name nor one beside it can be made in its directory");
    }
    keep(open(path, mode, making), fd);
    for (GhostName other : others) {
      other.link(proc, program.string("self/fd/" + fd));
    }
    unlink(path, mode);
    if (mayBeTaken) {
      program.land(skip);
      Op otherwise = program.skipIfSucceeded(making);
      make(beside(), mode, device, others, false);
      program.land(otherwise);
    }
  }

  private Op begin(Data path, int mode, int device) {
    int type = mode & Stat.S_IFMT;
    if (type == Stat.S_IFREG) {
      return call("create", Nr.SYS_openat)
          .arg(Fcntl.AT_FDCWD)
          .arg(path)
          .arg(Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_CLOEXEC)
          .arg(OWNER_ONLY);
    }
    if (type == Stat.S_IFDIR) {
      return call("mkdir", Nr.SYS_mkdirat).arg(Fcntl.AT_FDCWD).arg(path).arg(OWNER_ONLY);
    }
    return call("mknod", Nr.SYS_mknodat)
        .arg(Fcntl.AT_FDCWD)
        .arg(path)
        .arg(type | OWNER_ONLY)
        .arg(Integer.toUnsignedLong(device));
  }

  private Op open(Data path, int mode, Op making) {
    int type = mode & Stat.S_IFMT;
    if (type == Stat.S_IFREG) {
      return making;
    }
    int flags = type == Stat.S_IFDIR ? Fcntl.O_RDONLY | Fcntl.O_DIRECTORY : Fcntl.O_PATH;
    return call("open", Nr.SYS_openat)
        .arg(Fcntl.AT_FDCWD)
        .arg(path)
        .arg(flags | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC)
        .arg(0);
  }

  private void keep(Op opened, int number) {
    call("keep", Nr.SYS_dup3).arg(opened).arg(number).arg(Fcntl.O_CLOEXEC).expect(number);
    call("close", Nr.SYS_close).arg(opened);
  }

  private void unlink(Data path, int mode) {
    call("unlink", Nr.SYS_unlinkat)
        .arg(Fcntl.AT_FDCWD)
        .arg(path)
        .arg((mode & Stat.S_IFMT) == Stat.S_IFDIR ? Fcntl.AT_REMOVEDIR : 0);
  }

  /**
   * Opens an inode by this name, which it has for a moment; if that is taken, by one beside it.
   *
   * @param source a name that the inode has, in or below a directory
   */
  void link(int directory, Data source) {
    List<Op> parents = makeParents();
    link(directory, source, text(program, name), true);
    removeParents(parents);
  }

  private void link(int directory, Data source, Data path, boolean mayBeTaken) {
    Op linking =
        call("link", Nr.SYS_linkat)
            .arg(directory)
            .arg(source)
            .arg(Fcntl.AT_FDCWD)
            .arg(path)
            .arg(Fcntl.AT_SYMLINK_FOLLOW);
    Op skip = null;
    if (mayBeTaken) {
      linking.expectAnything();
      skip = program.skipIfFailed(linking);
    }
    keep(
        call("open", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(path)
            .arg(Fcntl.O_PATH | Fcntl.O_NOFOLLOW | Fcntl.O_CLOEXEC)
            .arg(0),
        fd);
    unlink(path, Stat.S_IFREG);
    if (mayBeTaken) {
      program.land(skip);
      Op otherwise = program.skipIfSucceeded(linking);
      link(directory, source, beside(), false);
      program.land(otherwise);
    }
  }

  /** Those that are there stay; whoever is first above the name comes first. */
  private List<Op> makeParents() {
    List<Op> made = new ArrayList<>();
    for (int end = 1; end < name.length; end++) {
      if (name[end] == '/') {
        made.add(
            call("make a directory for a moment", Nr.SYS_mkdirat)
                .arg(Fcntl.AT_FDCWD)
                .arg(text(program, Arrays.copyOf(name, end)))
                .arg(OWNER_ONLY)
                .expectAnything());
      }
    }
    return made;
  }

  private void removeParents(List<Op> made) {
    int end = name.length;
    for (int i = made.size() - 1; i >= 0; i--) {
      do {
        end--;
      } while (name[end] != '/');
      Op skip = program.skipIfFailed(made.get(i));
      unlink(text(program, Arrays.copyOf(name, end)), Stat.S_IFDIR);
      program.land(skip);
    }
  }

  /** A file that never had a name, and may get one. */
  void openTemporary(int mode) {
    String directory = path().substring(0, path().lastIndexOf('/') + 1);
    keep(
        call("open O_TMPFILE", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(text(program, KernelString.encode(directory)))
            .arg(Fcntl.O_RDWR | Fcntl.O_TMPFILE | Fcntl.O_CLOEXEC)
            .arg(mode & ~Stat.S_IFMT),
        fd);
  }

  /** Nobody can execute a file that is open for writing. */
  void keepPathOnly() {
    keep(
        call("open as a path", Nr.SYS_openat)
            .arg(proc)
            .arg(program.string("self/fd/" + fd))
            .arg(Fcntl.O_PATH | Fcntl.O_CLOEXEC)
            .arg(0),
        fd);
  }

  private Op call(String operation, int nr) {
    return program.call(purpose + ": " + operation, nr);
  }
}
