// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Plans the return of all files of a tree; a pure function of the images.
 *
 * <p>An open file, or a group that only comes into being together (both ends of a pipe), is opened
 * by the youngest task from which all its users descend: they inherit it by fork, at a number that
 * {@link DescriptorNumbers} finds. From there each task takes it to its final numbers and closes
 * the rest.
 *
 * <pre>
 * OPEN_SHARED  open what descendants use too     (before they are born)
 * OPEN         open the rest
 * INSTALL      dup3 to the final numbers, close_range all gaps
 * LATE_FILES   epoll interest lists, SIGIO owners
 * FS           cwd, root, umask
 * CLOSE        what was kept to be mapped
 * </pre>
 *
 * Call {@link #reserve} and {@link #openForMapping} as needed, then {@link #plan} once.
 */
public final class FilesPlanner {
  /** SETFL_MASK of the kernel's fs/fcntl.c without FASYNC, which needs the owner first. */
  static final int SETTABLE = Fcntl.O_APPEND | Fcntl.O_NONBLOCK | Fcntl.O_DIRECT | Fcntl.O_NOATIME;

  private final ImageStore images;
  private final FileRestoreOptions options;
  private final Map<fd_types, FileRoom> rooms = new EnumMap<>(fd_types.class);
  private final Map<Integer, file_entry> entries = new HashMap<>();
  private final Map<Integer, RestoreTask> tasks = new LinkedHashMap<>();
  private final Map<Integer, RestoreTask.Table> tables = new LinkedHashMap<>();
  private final Map<Integer, List<LatePlan.User>> users = new LinkedHashMap<>();

  /**
   * By what they have in common, or by id and flags of a mapping. Lists, since the hash code of a
   * record costs milliseconds in a JVM that has just started.
   */
  private final Map<List<Object>, Opening> openings = new LinkedHashMap<>();

  private final Map<Integer, Opening> openingOfId = new HashMap<>();

  /** Who has what no other task has, but a message. */
  private Map<Integer, LatePlan.User> keepers = Map.of();

  private final List<BuildIdCheck> buildIdChecks = new ArrayList<>();
  private final List<Handover> handovers = new ArrayList<>();
  private final Set<Integer> launchers = new TreeSet<>();
  private final Facts facts;
  private final DescriptorNumbers numbers;
  private boolean planned;

  /**
   * Reads who uses what.
   *
   * @param facts what rooms know already
   * @param tasks parents before children; who shares descriptors shares them with its parent
   * @throws UnsupportedException for a file that cannot be returned
   */
  public FilesPlanner(
      ImageStore images,
      List<TaskFiles> tasks,
      List<FileRoom> rooms,
      FileRestoreOptions options,
      Facts facts) {
    this.images = images;
    this.options = options;
    this.facts = facts;
    for (FileRoom room : rooms) {
      this.rooms.put(room.type(), room);
    }
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      file_entry other = entries.put(entry.getId(), entry);
      if (other != null && other.getType() == entry.getType()) {
        throw twice(ImageType.FILES.fileName(), "file " + entry.getId());
      }
    }
    for (TaskFiles task : tasks) {
      addTask(task);
    }
    this.numbers = new DescriptorNumbers(tables.values(), options);
    makeGroups();
    for (RestoreTask.Table table : tables.values()) {
      addUsers(table);
    }
  }

  /** None at all, if there is no such image: CRIU writes none for a task without descriptors. */
  private List<fdinfo_entry> descriptors(int filesId) {
    List<fdinfo_entry> table = images.entries(ImageType.FDINFO, filesId, fdinfo_entry.parser());
    Set<Integer> numbers = new HashSet<>();
    for (fdinfo_entry entry : table) {
      if (!numbers.add(entry.getFd())) {
        throw twice(ImageType.FDINFO.fileName(filesId), "descriptor " + entry.getFd());
      }
    }
    return table;
  }

  private static ImageException twice(String image, String what) {
    return new ImageException(
        ImageException.Problem.CONTRADICTION,
        image,
        0,
        what + " once",
        "a second entry for it",
        "restore from another copy");
  }

  private void addTask(TaskFiles files) {
    RestoreTask parent = tasks.get(files.parentPid());
    RestoreTask task = new RestoreTask(files, parent);
    tasks.put(files.pid(), task);
    RestoreTask.Table known = tables.get(files.filesId());
    if (known == null) {
      task.table = new RestoreTask.Table(task, descriptors(files.filesId()));
      tables.put(files.filesId(), task.table);
    } else {
      task.table = known;
      known.shared = true;
    }
  }

  private void addUsers(RestoreTask.Table table) {
    TaskFiles owner = table.owner.files;
    for (fdinfo_entry descriptor : table.descriptors) {
      LatePlan.User user = new LatePlan.User(owner, descriptor, table.descriptors);
      file_entry entry = entries.get(descriptor.getId());
      if (entry == null) {
        throw new UnsupportedException(
            user.toString(), "files.img has no file with its id " + descriptor.getId());
      }
      users.computeIfAbsent(entry.getId(), id -> new ArrayList<>(1)).add(user);
      Opening opening = openingOfId.get(entry.getId());
      if (opening == null) {
        throw new UnsupportedException(
            user.toString(), "files of kind " + entry.getType() + " are not carried yet");
      }
      opening.addUser(table.owner, user);
      opening.numbers.computeIfAbsent(entry.getId(), id -> new ServiceFd());
    }
  }

  /** Makes the openings of all entries whose kind is known. */
  private void makeGroups() {
    Map<fd_types, Function<file_entry, Object>> groupings = new EnumMap<>(fd_types.class);
    for (FileRoom room : rooms.values()) {
      groupings.put(room.type(), room.grouping(images));
    }
    for (file_entry entry : images.entries(ImageType.FILES, file_entry.parser())) {
      Function<file_entry, Object> grouping = groupings.get(entry.getType());
      if (grouping != null) {
        Opening opening =
            openings.computeIfAbsent(
                List.of(entry.getType(), grouping.apply(entry)),
                key -> new Opening(rooms.get(entry.getType()), Opening.NOT_MAPPED));
        opening.group.add(entry);
        openingOfId.put(entry.getId(), opening);
      }
    }
  }

  /** Keeps a number for a descriptor of the caller's own in all tasks; never closed here. */
  public ServiceFd reserve() {
    return numbers.reserve();
  }

  /**
   * Lets a task have a file open at the steps from {@link Step#OPEN} to {@link Step#MEET}: to map
   * it, or as the executable for PR_SET_MM_MAP.
   *
   * @param id of a file in files.img
   * @param flags O_RDONLY or O_RDWR
   */
  public ServiceFd openForMapping(int pid, int id, int flags) {
    return mapping(pid, id, flags).numbers.get(id);
  }

  /**
   * Does the same for what is mapped before the task's children are born ({@link Step#INHERIT}).
   */
  public ServiceFd openForMappingOfChildren(int pid, int id, int flags) {
    Opening opening = mapping(pid, id, flags);
    opening.inherited = true;
    return opening.numbers.get(id);
  }

  /**
   * Has a thread get cwd, root and umask of its own. It comes with those of its task, whose root
   * may be another: both directories are opened by the task.
   *
   * @param thread no leader; born without CLONE_FS
   */
  public void planDirectories(ThreadPlan thread, fs_entry fs) {
    int flags = Fcntl.O_PATH | Fcntl.O_DIRECTORY;
    ServiceFd cwd = openForMapping(thread.pid(), fs.getCwdId(), flags);
    ServiceFd root = openForMapping(thread.pid(), fs.getRootId(), flags);
    thread.at(
        Step.THREAD,
        program -> {
          program.call("entering root of ", thread, Nr.SYS_fchdir).arg(root.number());
          program.call("restoring root of ", thread, Nr.SYS_chroot).arg(program.string("."));
          program.call("restoring current directory of ", thread, Nr.SYS_fchdir).arg(cwd.number());
          program.call("restoring umask of ", thread, Nr.SYS_umask).arg(fs.getUmask());
        });
  }

  private Opening mapping(int pid, int id, int flags) {
    if (planned) {
      throw new IllegalStateException("the files are planned already");
    }
    RestoreTask task = tasks.get(pid);
    String name = "mapped file of task " + pid;
    file_entry entry = entries.get(id);
    if (entry == null) {
      throw new UnsupportedException(name, "files.img has no file with its id " + id);
    }
    FileRoom room = rooms.get(entry.getType());
    if (room == null || room.mappedAs() == FileRoom.NOT_MAPPED) {
      throw new UnsupportedException(
          name, "mapped files of kind " + entry.getType() + " are not carried yet");
    }
    Opening opening = openings.computeIfAbsent(List.of(id, flags), key -> new Opening(room, flags));
    if (opening.group.isEmpty()) {
      opening.group.add(entry);
    }
    opening.addUser(task, name);
    opening.mapper = pid;
    if (!task.table.mapped.contains(opening)) {
      task.table.mapped.add(opening);
    }
    opening.numbers.computeIfAbsent(id, key -> new ServiceFd());
    return opening;
  }

  /**
   * Adds the calls to the plans of all tasks.
   *
   * @throws UnsupportedException for a file that cannot be returned
   */
  public void plan() {
    planned = true;
    new FilesInFlightPlan(this, openingOfId).plan(openings);
    openings.values().removeIf(opening -> opening.opener == null);
    for (FileRoom room : rooms.values()) {
      room.prepare(this);
    }
    for (Opening opening : openings.values()) {
      if (opening.mappingFlags == Opening.NOT_MAPPED) {
        opening.room.prepare(opening.group, new GroupPlan(this, opening));
      }
    }
    numbers.allot(tables.values(), openings.values());
    keepers = FilesInFlightPlan.keepers(openings.values());
    // Before the openings: a session takes its terminal, then /dev/tty can be opened.
    users.keySet().forEach(this::planLate);
    keepers.keySet().forEach(this::planLate);
    for (Opening opening : openings.values()) {
      opening
          .opener
          .files
          .plan()
          .at(
              opening.step(),
              program -> opening.room.plan(opening.group, new OpenPlan(this, opening, program)));
    }
    for (RestoreTask.Table table : tables.values()) {
      new TableInstaller(table, numbers.reserved()).plan(openings.values());
    }
    for (RestoreTask task : tasks.values()) {
      new FsPlan(this, task.files).plan();
    }
  }

  private void planLate(int id) {
    file_entry entry = entries.get(id);
    LatePlan late = new LatePlan(this, entry);
    FileRoom room = rooms.get(entry.getType());
    room.planLate(entry, late);
    SigioOwnerPlan.plan(room.sigioOwner(entry), room.flags(entry), late);
  }

  /** The images. */
  public ImageStore images() {
    return images;
  }

  FileRestoreOptions options() {
    return options;
  }

  int numberOf(int id) {
    return openingOfId.get(id).numbers.get(id).number();
  }

  file_entry entry(int id) {
    file_entry entry = entries.get(id);
    if (entry == null) {
      throw new UnsupportedException("files.img", "it has no file with id " + id);
    }
    return entry;
  }

  /** The numbers kept with {@link #reserve}, in their order. */
  public List<ServiceFd> reserved() {
    return numbers.reserved();
  }

  /** Whether any tasks have one root and current directory together. */
  boolean sharesRoot() {
    for (RestoreTask task : tasks.values()) {
      if (task.files.fs() == null) {
        return true;
      }
    }
    return false;
  }

  /** The opening of a file will take up to {@code count} numbers above all others for a while. */
  public void needTemporary(int count) {
    numbers.needTemporary(count);
  }

  /** The first of these numbers; known when the programs are assembled. */
  int firstTemporary() {
    return numbers.firstTemporary();
  }

  /** A descriptor is the caller's to take at {@link Step#MEET}. */
  public void handOver(Handover handover) {
    handovers.add(handover);
  }

  /** What the caller is to take; call after {@link #plan}. */
  public List<Handover> handovers() {
    return handovers;
  }

  /** Keeps a descriptor open that the launcher has, beside those that are given by name. */
  public void keepLaunchers(int fd) {
    launchers.add(fd);
  }

  /** Descriptors of the launcher that the root task needs; known after {@link #plan}. */
  public Set<Integer> launchers() {
    return launchers;
  }

  /** What rooms know beyond the images. */
  public Facts facts() {
    return facts;
  }

  /** The first task, from which all others descend. */
  public TaskFiles root() {
    return tasks.values().iterator().next().files;
  }

  void checkBuildId(int pid, int fd, file_entry entry, String purpose) {
    buildIdChecks.add(new BuildIdCheck(pid, fd, entry.getReg(), purpose));
  }

  /** What is to be compared at {@link Step#MEET}; known when the programs are assembled. */
  public List<BuildIdCheck> buildIdChecks() {
    return buildIdChecks;
  }

  /** A task by its pid in the images, or null. */
  TaskFiles task(int pid) {
    RestoreTask task = tasks.get(pid);
    return task == null ? null : task.files;
  }

  RestoreTask restoreTask(int pid) {
    return tasks.get(pid);
  }

  FileRoom room(file_entry entry) {
    return rooms.get(entry.getType());
  }

  List<LatePlan.User> users(int id) {
    return users.getOrDefault(id, List.of());
  }

  /** Or who has it open for a message that has it. */
  List<LatePlan.User> usersOrKeeper(int id) {
    LatePlan.User keeper = keepers.get(id);
    return keeper == null ? users(id) : List.of(keeper);
  }

  LatePlan.User find(int pid, Predicate<file_entry> file) {
    for (Map.Entry<Integer, List<LatePlan.User>> each : users.entrySet()) {
      if (file.test(entries.get(each.getKey()))) {
        for (LatePlan.User user : each.getValue()) {
          if (user.task().pid() == pid) {
            return user;
          }
        }
      }
    }
    return null;
  }

  fdinfo_entry firstDescriptor(int id) {
    List<LatePlan.User> all = users(id);
    return all.isEmpty() ? null : all.get(0).descriptor();
  }

  RestoreTask firstUser(int id) {
    return tasks.get(users(id).get(0).task().pid());
  }
}
