// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cg_controller_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import dev.torpor.proc.Words;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The directories of one hierarchy that go into the image: the cgroups of tasks and all below them,
 * each with its properties.
 */
final class CapturedHierarchy {
  private static final String FREEZER = "freezer";

  private static final class Directory {
    final CgroupDirectory at;
    final String path;
    final cgroup_dir_entry.Builder entry;
    final List<Directory> children = new ArrayList<>();

    Directory(CgroupDirectory at, String path, cgroup_dir_entry.Builder entry) {
      this.at = at;
      this.path = path;
      this.entry = entry;
    }

    cgroup_dir_entry.Builder build(String parentPath) {
      cgroup_dir_entry.Builder built = entry.clone();
      built.setDirName(path.substring(parentPath.length() + 1));
      String below = path.equals("/") ? "" : path;
      for (Directory child : children) {
        built.addChildren(child.build(below));
      }
      return built;
    }
  }

  private final String name;
  private final List<String> controllerNames;
  private final PropertyCatalogue catalogue;
  private final Controllers controllers;
  private final Freezer freezer;
  private final Consumer<String> warnings;
  private final List<Directory> heads = new ArrayList<>();
  private boolean threaded;

  /**
   * @param name second field of /proc/PID/cgroup
   * @param freezer the freezer that holds the tasks while they are dumped, or null
   * @param warnings is told of what is not saved
   */
  CapturedHierarchy(
      String name,
      PropertyCatalogue catalogue,
      Controllers controllers,
      Freezer freezer,
      Consumer<String> warnings) {
    this.name = name;
    this.controllerNames = Words.split(name, ',');
    this.catalogue = catalogue;
    this.controllers = controllers;
    this.freezer = freezer;
    this.warnings = warnings;
  }

  String name() {
    return name;
  }

  cg_controller_entry build() throws CgroupException {
    cg_controller_entry.Builder entry = cg_controller_entry.newBuilder().setIsThreaded(threaded);
    entry.addAllCnames(controllerNames);
    for (Directory head : heads) {
      cgroup_dir_entry.Builder built = head.build("");
      if (freezer != null && name.equals(FREEZER)) {
        addFreezerState(head, built);
      }
      entry.addDirs(built);
    }
    return entry.build();
  }

  /** Adds a cgroup and all below, unless they are known. */
  void add(CgroupDirectory directory, String path) throws CgroupException {
    if (find(heads, path) != null) {
      return;
    }
    cgroup_dir_entry.Builder entry = capture(directory);
    if (entry == null) {
      return;
    }
    insert(new Directory(directory, path, entry));
    for (CgroupDirectory child : directory.children()) {
      String childName = child.path().getFileName().toString();
      add(child, path.equals("/") ? "/" + childName : path + "/" + childName);
    }
  }

  private void insert(Directory added) {
    List<Directory> siblings = heads;
    for (Directory above = parentIn(siblings, added.path); above != null; ) {
      siblings = above.children;
      above = parentIn(siblings, added.path);
    }
    // A task above others may come later: what is known below it becomes its child.
    for (int i = siblings.size() - 1; i >= 0; i--) {
      if (isBelow(siblings.get(i).path, added.path)) {
        added.children.add(0, siblings.remove(i));
      }
    }
    siblings.add(added);
  }

  private static Directory find(List<Directory> among, String path) {
    for (Directory directory : among) {
      if (directory.path.equals(path)) {
        return directory;
      }
      if (isBelow(path, directory.path)) {
        return find(directory.children, path);
      }
    }
    return null;
  }

  private static Directory parentIn(List<Directory> among, String path) {
    for (Directory directory : among) {
      if (isBelow(path, directory.path)) {
        return directory;
      }
    }
    return null;
  }

  private static boolean isBelow(String path, String above) {
    return above.equals("/") ? !path.equals("/") : path.startsWith(above + "/");
  }

  /** The entry of one directory, or null if it has been removed meanwhile. */
  private cgroup_dir_entry.Builder capture(CgroupDirectory directory) throws CgroupException {
    cgroup_dir_entry.Builder entry = cgroup_dir_entry.newBuilder();
    Ownership ownership = ownershipOf(directory, "");
    if (ownership == null) {
      return null;
    }
    entry.setDirPerms(ownership.entry());
    for (String controller : controllerNames) {
      for (String property : catalogue.of(controller)) {
        capture(directory, property, entry);
      }
    }
    for (String property : name.isEmpty() ? CommonFiles.V2 : CommonFiles.V1) {
      capture(directory, property, entry);
    }
    if (!directory.exists()) {
      return null;
    }
    Limits.capture(directory, entry, warnings);
    return entry;
  }

  private void capture(CgroupDirectory directory, String property, cgroup_dir_entry.Builder into)
      throws CgroupException {
    Ownership ownership = ownershipOf(directory, property);
    if (ownership == null) {
      // Not every kernel has every file.
      return;
    }
    String value = "";
    if (!CommonFiles.hasNoValue(property)) {
      try {
        Controller controller = controllers.ofProperty(property);
        value = controller.capture(property, directory.read(property));
      } catch (CgroupException e) {
        if (directory.exists()) {
          throw e;
        }
        return;
      }
    }
    threaded |= CommonFiles.isThreaded(property, value);
    boolean frozenForTheDump =
        property.equals(FreezerV2.FREEZE)
            && freezer != null
            && freezer.path().equals(directory.path());
    cgroup_prop_entry entry = property(property, frozenForTheDump ? "0" : value, ownership);
    // CRIU would set it while there is still much to be done in the cgroup.
    boolean staysFrozen = frozenForTheDump && freezer.originState() == FreezerState.FROZEN;
    into.addProperties(staysFrozen ? entry.toBuilder().setValueAtResume("1").build() : entry);
  }

  /** Saves the state that the freezer was found in, as CRIU does with --freeze-cgroup. */
  private void addFreezerState(Directory head, cgroup_dir_entry.Builder built)
      throws CgroupException {
    Ownership ownership = ownershipOf(head.at, FreezerV1.STATE);
    if (ownership != null) {
      built.addProperties(property(FreezerV1.STATE, freezer.originState().name(), ownership));
    }
  }

  private static cgroup_prop_entry property(String name, String value, Ownership ownership) {
    return cgroup_prop_entry
        .newBuilder()
        .setName(name)
        .setValue(value)
        .setPerms(ownership.entry())
        .build();
  }

  private static Ownership ownershipOf(CgroupDirectory directory, String file)
      throws CgroupException {
    try {
      return Ownership.of(directory.path().resolve(file));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new CgroupException("stat " + directory.path().resolve(file), e);
    }
  }
}
