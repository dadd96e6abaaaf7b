// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cg_controller_entry;
import dev.torpor.image.proto.cg_member_entry;
import dev.torpor.image.proto.cg_set_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import dev.torpor.proc.Words;
import dev.torpor.room.Rooms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Brings cgroups back and tasks into them, from outside of the tasks. One object serves one
 * restore.
 *
 * <p>Ordering, as CRIU 4.2 has it:
 *
 * <ol>
 *   <li>{@link #prepare} before the first task exists: directories, and what cannot be set later;
 *   <li>{@link #enterNamespaceRoot} for the root task; if it says so, the task unshares its cgroup
 *       namespace then and there: the namespace's root is where the task is at that moment;
 *   <li>{@link #move} for the root task before it has children, which then are born in its cgroups;
 *       for others only if their set differs from that of their parent;
 *   <li>{@link #moveThread} for threads whose set differs from that of their leader;
 *   <li>{@link #applyProperties} when all tasks are in and memory is filled: limits must not hinder
 *       the restore;
 *   <li>{@link #restoreFreezer} last, right before the tasks are let go.
 * </ol>
 *
 * <p>After {@link #thaw} tasks can be killed, {@link #undo} takes all of it back once the tasks are
 * dead. Pids are those of this process's pid namespace. With mode IGNORE every step does nothing.
 */
public final class CgroupRestorer {
  private record Hierarchy(String name, boolean threaded, List<Directory> directories) {}

  private record Directory(CgroupDirectory at, cgroup_dir_entry entry, boolean setProperties) {}

  private final HierarchyLocator locator;
  private final CgroupOptions options;
  private final Consumer<Path> journal;
  private final Controllers controllers;
  private final CgroupUndo undo = new CgroupUndo();
  private final Consumer<String> warnings;
  private final Map<String, Hierarchy> hierarchies = new LinkedHashMap<>();
  private final Map<Integer, cg_set_entry> sets = new HashMap<>();

  /**
   * @param locator where hierarchies are mounted, or the caller's cgroup yard
   * @param options options of the restore
   * @param journal is told of every directory before it is made, so that one left behind by a
   *     killed restore can be found
   * @param warnings is told, in a line each, of values that cannot be set and may be missing
   * @param rooms has the controllers
   */
  public CgroupRestorer(
      HierarchyLocator locator,
      CgroupOptions options,
      Consumer<Path> journal,
      Consumer<String> warnings,
      Rooms rooms) {
    this.controllers = new Controllers(rooms);
    this.locator = locator;
    this.options = options;
    this.journal = journal;
    this.warnings = warnings;
  }

  /**
   * Makes the directories that are missing and sets what must be set while they are empty.
   *
   * @param entry the entry of cgroup.img
   * @throws CgroupException if a hierarchy is not mounted here, or a directory is missing or exists
   *     against the mode; what was made by then stays until {@link #undo}
   */
  public void prepare(cgroup_entry entry) throws CgroupException {
    if (options.mode() == ManageCgroupsMode.IGNORE || entry.getSetsCount() == 0) {
      return;
    }
    cgroup_entry placed = new RootRewrite(options).apply(entry);
    for (cg_set_entry set : placed.getSetsList()) {
      sets.put(set.getId(), set);
    }
    for (cg_controller_entry controller : placed.getControllersList()) {
      if (controller.getCnamesCount() == 0) {
        throw new CgroupException("cgroup.img: an entry of controllers has no name");
      }
      String name = String.join(",", controller.getCnamesList());
      Hierarchy hierarchy = new Hierarchy(name, controller.getIsThreaded(), new ArrayList<>());
      hierarchies.put(name, hierarchy);
      for (cgroup_dir_entry directory : controller.getDirsList()) {
        prepare(hierarchy, directory, "/");
      }
    }
  }

  private void prepare(Hierarchy hierarchy, cgroup_dir_entry entry, String parent)
      throws CgroupException {
    String path = join(parent, entry.getDirName());
    CgroupDirectory directory = locator.locate(hierarchy.name(), path);
    boolean ours = undo.hasCreated(directory.path());
    if (path.equals("/")) {
      // The root of a hierarchy belongs to the host.
      ours = false;
    } else if (directory.exists() && !ours) {
      acceptExisting(directory, entry);
    } else {
      create(hierarchy, path, directory, Limits.controllers(entry));
      if (entry.hasDirPerms()) {
        Ownership.of(entry.getDirPerms()).apply(directory.path());
      }
      for (cgroup_prop_entry property : entry.getPropertiesList()) {
        restore(directory, property, RestoreMoment.ON_CREATION);
      }
      ours = true;
    }
    boolean root = path.equals("/");
    boolean set = !root && (ours || options.mode().setsPropertiesOfExisting());
    hierarchy.directories().add(new Directory(directory, entry, set));
    for (cgroup_dir_entry child : entry.getChildrenList()) {
      prepare(hierarchy, child, path);
    }
  }

  private static String join(String parent, String name) {
    if (name.isEmpty() || name.equals("/")) {
      return parent;
    }
    String below = name.startsWith("/") ? name.substring(1) : name;
    return parent.equals("/") ? "/" + below : parent + "/" + below;
  }

  private void acceptExisting(CgroupDirectory directory, cgroup_dir_entry entry)
      throws CgroupException {
    if (options.mode() == ManageCgroupsMode.STRICT) {
      throw new CgroupException(
          "cgroup "
              + directory.path()
              + ": exists, and --manage-cgroups=strict wants to make it; remove it, or use soft or"
              + " full");
    }
    if (options.mode().setsPermissionsOfExisting() && entry.hasDirPerms()) {
      undo.changesOwnership(directory.path());
      Ownership.of(entry.getDirPerms()).apply(directory.path());
    }
  }

  /** Makes a directory, and those above it that are missing. */
  private void create(
      Hierarchy hierarchy, String path, CgroupDirectory directory, Set<String> needed)
      throws CgroupException {
    if (directory.exists()) {
      return;
    }
    if (!options.mode().createsMissing()) {
      throw new CgroupException(
          "cgroup "
              + directory.path()
              + ": does not exist, and this --manage-cgroups mode makes none; make it, or use soft"
              + " or full");
    }
    int slash = path.lastIndexOf('/');
    CgroupDirectory parent = null;
    if (slash > 0) {
      String above = path.substring(0, slash);
      parent = locator.locate(hierarchy.name(), above);
      if (!parent.exists()) {
        create(hierarchy, above, parent, needed);
        initialise(hierarchy, parent, above);
        Limits.enable(parent, needed);
      }
    }
    journal.accept(directory.path());
    directory.create();
    undo.created(directory.path());
  }

  private void initialise(Hierarchy hierarchy, CgroupDirectory directory, String path)
      throws CgroupException {
    String above = path.substring(0, Math.max(1, path.lastIndexOf('/')));
    CgroupDirectory parent = locator.locate(hierarchy.name(), above);
    for (String controller : Words.split(hierarchy.name(), ',')) {
      controllers.named(controller).initialise(directory, parent);
    }
  }

  /**
   * Moves the root task to where its cgroup namespace begins.
   *
   * @param pid the root task
   * @param setId its set
   * @return true if it must unshare its cgroup namespace now, before it is moved any further
   * @throws CgroupException if it cannot be moved, or the image has no such set
   */
  public boolean enterNamespaceRoot(int pid, int setId) throws CgroupException {
    if (options.mode() == ManageCgroupsMode.IGNORE) {
      return false;
    }
    boolean unshare = false;
    for (cg_member_entry member : set(setId).getCtlsList()) {
      if (member.hasCgnsPrefix()) {
        String path = member.getPath().substring(0, member.getCgnsPrefix());
        move(pid, member.getName(), path.isEmpty() ? "/" : path, CommonFiles.PROCS);
        unshare = true;
      }
    }
    return unshare;
  }

  /**
   * Moves a process into the cgroups of a set.
   *
   * @param pid the process
   * @param setId its set; do not call for the set of its parent, nor for inventory.root_cg_set of
   *     the root task: there it is already
   * @throws CgroupException if it cannot be moved, or the image has no such set
   */
  public void move(int pid, int setId) throws CgroupException {
    if (options.mode() == ManageCgroupsMode.IGNORE) {
      return;
    }
    for (cg_member_entry member : set(setId).getCtlsList()) {
      move(pid, member.getName(), member.getPath(), CommonFiles.PROCS);
    }
  }

  /**
   * Moves one thread into the cgroups of a set, in those hierarchies that tell threads apart.
   *
   * @param tid the thread
   * @param setId its set
   * @throws CgroupException if it cannot be moved, or the image has no such set
   */
  public void moveThread(int tid, int setId) throws CgroupException {
    if (options.mode() == ManageCgroupsMode.IGNORE) {
      return;
    }
    for (cg_member_entry member : set(setId).getCtlsList()) {
      Hierarchy hierarchy = hierarchies.get(member.getName());
      if (hierarchy != null && hierarchy.threaded()) {
        boolean unified = member.getName().isEmpty();
        move(
            tid,
            member.getName(),
            member.getPath(),
            unified ? CommonFiles.THREADS : CommonFiles.TASKS);
      }
    }
  }

  private void move(int id, String hierarchy, String path, String file) throws CgroupException {
    CgroupDirectory directory = locator.locate(hierarchy, path);
    try {
      directory.write(file, Integer.toString(id));
    } catch (CgroupException e) {
      String hint =
          !hierarchy.isEmpty()
              ? ""
              : " (cgroup2 takes no process where controllers are enabled for children)";
      throw new CgroupException(
          "move task " + id + " into " + CgroupFs.describe(hierarchy) + hint, e);
    }
  }

  private cg_set_entry set(int setId) throws CgroupException {
    cg_set_entry set = sets.get(setId);
    if (set == null) {
      throw new CgroupException(
          "cgroup.img: has no set " + setId + " that a task is in; use --manage-cgroups=ignore");
    }
    return set;
  }

  /**
   * Sets limits and the other properties.
   *
   * @throws CgroupException if the kernel has no such file or refuses a value
   */
  public void applyProperties() throws CgroupException {
    apply(RestoreMoment.AFTER_TASKS);
  }

  /**
   * Freezes what was frozen.
   *
   * @throws CgroupException if the freezer cannot be written
   */
  public void restoreFreezer() throws CgroupException {
    apply(RestoreMoment.BEFORE_RESUME);
  }

  /**
   * Lets tasks run in what {@link #restoreFreezer} froze, so that they can be ended.
   *
   * @throws CgroupException if the freezer cannot be written
   */
  public void thaw() throws CgroupException {
    for (Hierarchy hierarchy : hierarchies.values()) {
      for (Directory directory : hierarchy.directories()) {
        // In one of version 2 they die frozen.
        if (directory.setProperties() && directory.at().has(FreezerV1.STATE)) {
          new FreezerV1(directory.at()).request(FreezerState.THAWED);
        }
      }
    }
  }

  private void apply(RestoreMoment moment) throws CgroupException {
    for (Hierarchy hierarchy : hierarchies.values()) {
      for (Directory directory : hierarchy.directories()) {
        if (directory.setProperties()) {
          for (cgroup_prop_entry property : directory.entry().getPropertiesList()) {
            restore(directory.at(), property, moment);
          }
          if (moment == RestoreMoment.AFTER_TASKS) {
            restoreLimits(directory);
          }
        }
      }
    }
  }

  private void restoreLimits(Directory directory) throws CgroupException {
    boolean before = !undo.hasCreated(directory.at().path());
    for (cgroup_prop_entry limit : directory.entry().getLimitsList()) {
      if (before && directory.at().has(limit.getName())) {
        undo.changesLimit(directory.at(), limit);
      }
      Limits.restore(directory.at(), limit);
    }
  }

  private void restore(CgroupDirectory directory, cgroup_prop_entry property, RestoreMoment moment)
      throws CgroupException {
    String name = property.getName();
    Controller controller = controllers.ofProperty(name);
    if (controller.moment(name) != moment) {
      return;
    }
    if (!directory.has(name)) {
      throw new CgroupException(
          directory.path().resolve(name)
              + ": this kernel has no such file for the value '"
              + property.getValue()
              + "' of the image; restore with --manage-cgroups=none into a cgroup made beforehand");
    }
    boolean before = !undo.hasCreated(directory.path());
    Path file = directory.path().resolve(name);
    // CRIU 4.2 saves uninitialised owner and mode for freezer.state.
    if (property.hasPerms() && !name.equals(FreezerV1.STATE)) {
      if (before) {
        undo.changesOwnership(file);
      }
      Ownership.of(property.getPerms()).apply(file);
    }
    if (before && !CommonFiles.hasNoValue(name)) {
      undo.changes(directory, name, controller);
    }
    String value = property.hasValueAtResume() ? property.getValueAtResume() : property.getValue();
    controller.restore(directory, name, value, warnings);
  }

  /** The directories made so far, parents first. */
  public List<Path> createdDirectories() {
    return undo.createdDirectories();
  }

  /**
   * Takes everything back: old values, then the directories that were made. The tasks must be dead
   * or elsewhere.
   *
   * @param timeoutMillis how long to wait for killed tasks to leave
   * @throws CgroupException if something stays; the rest has been undone
   */
  public void undo(long timeoutMillis) throws CgroupException {
    undo.run(timeoutMillis);
  }
}
