// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Need;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.Surroundings;
import java.util.function.Supplier;

/**
 * The opening of a group of files in the making. The room opens each file that {@link #isUsed} at
 * whatever number the kernel gives, hands it over with {@link #place}, and goes on with what that
 * returns.
 */
public final class OpenPlan {
  private final FilesPlanner planner;
  private final Opening opening;
  private final Program program;

  OpenPlan(FilesPlanner planner, Opening opening, Program program) {
    this.planner = planner;
    this.opening = opening;
    this.program = program;
  }

  /** What the calls are appended to. */
  public Program program() {
    return program;
  }

  /** The images. */
  public ImageStore images() {
    return planner.images();
  }

  /** An entry of files.img that this one refers to. */
  public file_entry entry(int id) {
    return planner.entry(id);
  }

  /** How a file that is mapped is to be opened, else {@code flags}. */
  public int flagsOr(int flags) {
    return opening.mappingFlags == Opening.NOT_MAPPED ? flags : opening.mappingFlags;
  }

  /** Whether it is opened to be mapped. */
  public boolean isMapped() {
    return opening.mappingFlags != Opening.NOT_MAPPED;
  }

  /** Whether files must have the type and permissions that they had. */
  boolean checksMode() {
    return planner.options().checksMode();
  }

  /** Has the build id of an ELF file compared once all files are open. */
  void checkBuildId(file_entry entry) {
    if (isMapped()) {
      planner.checkBuildId(opening.mapper, number(entry), entry, purpose(entry));
    } else if (planner.firstDescriptor(entry.getId()) != null) {
      int fd = planner.firstDescriptor(entry.getId()).getFd();
      planner.checkBuildId(planner.firstUser(entry.getId()).files.pid(), fd, entry, purpose(entry));
    }
  }

  /** Whether a task with this pid is restored. */
  boolean hasTask(int pid) {
    return planner.task(pid) != null;
  }

  /** What a room knows of this restore as a whole. */
  public <T> T fact(Class<T> type, Supplier<T> initial) {
    return planner.facts().of(type, initial);
  }

  /** The machine that the plan is for. */
  Machine machine() {
    return fact(Machine.class);
  }

  /** Whether the tree lives in the starter's own namespace of a kind, CLONE_NEW*. */
  boolean isStarters(long kind) {
    return fact(Surroundings.class, Surroundings::new).shares(kind);
  }

  /** Whether any tasks have one root and current directory together. */
  boolean sharesRoot() {
    return planner.sharesRoot();
  }

  /** The number for what is open for a moment, which the room has asked for. */
  int temporary() {
    return planner.firstTemporary();
  }

  /** Notes what only one can have. */
  void takes(Need free) {
    opening.opener.files.plan().takes(free);
  }

  /** The pid of the task that opens the group. */
  int opener() {
    return opening.opener.files.pid();
  }

  /** Whether the group is opened by the task with this pid. */
  boolean isOpener(int pid) {
    return opening.opener.files.pid() == pid;
  }

  /** Whether the task with this pid opens the group, or is older than who does. */
  boolean existsByNow(int pid) {
    for (RestoreTask task = opening.opener; task != null; task = task.parent) {
      if (task.files.pid() == pid) {
        return true;
      }
    }
    return false;
  }

  /** Appends a call for one of the files: {@code restoring fd 7 of task 42 (pipe:[1]): write}. */
  public Op call(file_entry entry, Object operation, int nr) {
    return program.call("", new FileCall(this, entry, operation), nr);
  }

  /** Text for who asks, which as a rule nobody does, of one of many calls for each file. */
  private record FileCall(OpenPlan plan, file_entry entry, Object operation) {
    @Override
    public String toString() {
      return plan.purpose(entry) + ": " + operation;
    }
  }

  /**
   * Appends the opening of a path, or of what a restore has made in its place. A link of /proc, by
   * which the latter goes, is to be followed.
   */
  Op openat(file_entry entry, String operation, reg_file_entry file, int flags) {
    Op open = call(entry, operation, Nr.SYS_openat);
    ServiceFd place = remaps().of(file.getId());
    if (place == null) {
      return open.arg(Fcntl.AT_FDCWD).arg(RegularFile.path(program, file)).arg(flags).arg(0);
    }
    boolean temporary = (flags & Fcntl.__O_TMPFILE) != 0;
    int cleared = Fcntl.O_NOFOLLOW | (temporary ? Fcntl.O_TMPFILE : 0);
    return open.arg(fact(ProcDescriptor.class).number())
        .arg(program.string("self/fd/" + place.number()))
        .arg(flags & ~cleared)
        .arg(0);
  }

  /** Whether a file is not to be found at its path. */
  boolean isRemapped(reg_file_entry file) {
    return remaps().of(file.getId()) != null;
  }

  private Remaps remaps() {
    return fact(Remaps.class);
  }

  <T> T fact(Class<T> type) {
    return planner.facts().get(type);
  }

  /** What a user reads if a call for this file fails. */
  public String purpose(file_entry entry) {
    fdinfo_entry user = planner.firstDescriptor(entry.getId());
    String subject =
        isMapped() || user == null
            ? opening.subject.toString()
            : "fd " + user.getFd() + " of task " + planner.firstUser(entry.getId()).files.pid();
    return "restoring " + subject + " (" + planner.room(entry).describe(entry) + ")";
  }

  /** Whether any task has the file. One that nobody has is closed again once it did its part. */
  public boolean isUsed(file_entry entry) {
    return opening.numbers.containsKey(entry.getId());
  }

  /** Where the file is once placed. */
  public int number(file_entry entry) {
    return opening.numbers.get(entry.getId()).number();
  }

  /** Where a file is that waits in one of the group to be received, {@link FileRoom#inFlight}. */
  int numberOf(int id) {
    return planner.numberOf(id);
  }

  /** Moves the file a call has opened to where its users find it; gives that number. */
  public int place(file_entry entry, Op opened) {
    int number = number(entry);
    call(entry, "place", Nr.SYS_dup3).arg(opened).arg(number).arg(Fcntl.O_CLOEXEC).expect(number);
    close(entry, opened);
    return number;
  }

  /** Copies what stands in data to where its users find it; does not close it. */
  int place(file_entry entry, Data opened) {
    int number = number(entry);
    call(entry, "place", Nr.SYS_dup3)
        .argContent(opened)
        .arg(number)
        .arg(Fcntl.O_CLOEXEC)
        .expect(number);
    return number;
  }

  /** Copies a descriptor that the root task was given from the start. */
  public int place(file_entry entry, int given) {
    int number = number(entry);
    call(entry, "take the given descriptor " + given, Nr.SYS_dup3)
        .arg(given)
        .arg(number)
        .arg(Fcntl.O_CLOEXEC)
        .expect(number);
    return number;
  }

  /** Replaces a file that is in its place by a new open file of the same inode. */
  public void reopen(file_entry entry, int flags) {
    Op opened =
        call(entry, "reopen", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string("/proc/self/fd/" + number(entry)))
            .arg((flags & ~Fcntl.FASYNC) | Fcntl.O_NOCTTY)
            .arg(0);
    place(entry, opened);
  }

  /** Closes what a call has opened. */
  public void close(file_entry entry, Op opened) {
    call(entry, "close", Nr.SYS_close).arg(opened);
  }

  /** The descriptor the caller of the restore gives for {@code key}, or -1. */
  public int given(String key) {
    Integer fd = planner.options().inherited().get(key);
    return fd == null ? -1 : fd;
  }

  /** Whether the caller gives any descriptor. */
  boolean hasGiven() {
    return !planner.options().inherited().isEmpty();
  }

  /** Sets the status flags that fcntl(2) can set, if there are any. */
  public void setFlags(file_entry entry, int number, int flags) {
    int settable = flags & FilesPlanner.SETTABLE;
    if (settable != 0) {
      call(entry, "fcntl F_SETFL", Nr.SYS_fcntl).arg(number).arg(Fcntl.F_SETFL).arg(settable);
    }
  }
}
