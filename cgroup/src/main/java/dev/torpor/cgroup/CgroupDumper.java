// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cg_member_entry;
import dev.torpor.image.proto.cg_set_entry;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.room.Rooms;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Captures the cgroups of a process tree: who is in which set, and how the directories are set.
 *
 * <p>A set is the cgroups of a task in all hierarchies. Set 1 is the one of the dumper; as with
 * CRIU, tasks in it stay where they are restored, and nothing is saved if all tasks are in it.
 */
public final class CgroupDumper {
  private final HierarchyLocator locator;
  private final MembershipReader reader;
  private final CgroupOptions options;
  private final Freezer freezer;
  private final Consumer<String> warnings;
  private final Controllers controllers;
  private final PropertyCatalogue catalogue;

  /** What the capture before found in the file systems. */
  private CapturedDirectories captured;

  /**
   * @param locator where hierarchies are mounted
   * @param reader reads /proc
   * @param options options of the dump
   * @param freezer the freezer that the dump was told to use, or null
   * @param warnings is told of what is not saved, one line each
   * @param rooms has the controllers
   */
  public CgroupDumper(
      HierarchyLocator locator,
      MembershipReader reader,
      CgroupOptions options,
      Freezer freezer,
      Consumer<String> warnings,
      Rooms rooms) {
    this.controllers = new Controllers(rooms);
    this.catalogue = new PropertyCatalogue(controllers, options.changes());
    this.locator = locator;
    this.reader = reader;
    this.options = options;
    this.freezer = freezer;
    this.warnings = warnings;
  }

  /**
   * Captures the cgroups of a tree that runs, so that {@link #capture} has nothing left to do but
   * to see that its tasks are where they were. Tasks that end meanwhile are passed over.
   *
   * @param rootPid as for {@link #capture}
   * @param pids of the tree
   * @throws CgroupException as {@link #capture}
   */
  public void rehearse(int rootPid, Iterable<Integer> pids) throws CgroupException {
    Map<Integer, List<Integer>> leaders = new LinkedHashMap<>();
    for (int pid : pids) {
      leaders.put(pid, List.of(pid));
    }
    capture(rootPid, leaders, true);
  }

  /**
   * Captures the cgroups of all tasks.
   *
   * <p>Precondition: the tasks neither move nor end meanwhile. Zombies are left out: they have no
   * set.
   *
   * @param rootPid root of the tree; pids and tids are those of this process's pid namespace
   * @param threads thread ids by process id, the root among them
   * @throws CgroupException if a hierarchy cannot be reached or a file cannot be read
   */
  public CgroupCapture capture(int rootPid, Map<Integer, List<Integer>> threads)
      throws CgroupException {
    return capture(rootPid, threads, false);
  }

  private CgroupCapture capture(
      int rootPid, Map<Integer, List<Integer>> threads, boolean othersMayEnd)
      throws CgroupException {
    CgroupMembership own = reader.own();
    Capture capture = new Capture(own, namespacePrefixes(rootPid));
    int dumperSet = capture.addDumper(own);
    capture.addTasks(rootPid, threads.get(rootPid));
    for (Map.Entry<Integer, List<Integer>> process : threads.entrySet()) {
      if (process.getKey() != rootPid) {
        try {
          capture.addTasks(process.getKey(), process.getValue());
        } catch (CgroupException e) {
          if (!othersMayEnd || reader.exists(process.getKey())) {
            throw e;
          }
        }
      }
    }
    return new CgroupCapture(capture.build(rootPid), dumperSet, capture.setIds);
  }

  /**
   * How long the part of the path is, by hierarchy, that the root task cannot see of its own
   * cgroup: the root of its cgroup namespace.
   */
  private Map<String, Integer> namespacePrefixes(int rootPid) throws CgroupException {
    Map<String, Integer> prefixes = new HashMap<>();
    CgroupMembership inside = reader.seenByItself(rootPid);
    for (CgroupMembership.Entry outside : reader.of(rootPid, rootPid).entries()) {
      String seen = inside.path(outside.hierarchy());
      if (seen == null || seen.equals(outside.path())) {
        continue;
      }
      String tail = seen.equals("/") ? "" : seen;
      if (!outside.path().endsWith(tail)) {
        throw new CgroupException(
            "cgroup namespace of task "
                + rootPid
                + ": sees "
                + seen
                + " where "
                + outside.path()
                + " is seen from here; a task outside of its own cgroup namespace is not carried");
      }
      prefixes.put(outside.hierarchy(), outside.path().length() - tail.length());
    }
    return prefixes;
  }

  private record Member(String hierarchy, String path, int prefix) {
    // Written out: those of a record are made at their first use, while the tree is frozen.
    @Override
    public int hashCode() {
      return hierarchy.hashCode() + 31 * path.hashCode();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Member member
          && member.hierarchy.equals(hierarchy)
          && member.path.equals(path)
          && member.prefix == prefix;
    }
  }

  /** What has been gathered so far. */
  private final class Capture {
    final Map<Integer, Integer> setIds = new LinkedHashMap<>();
    private final Map<List<Member>, Integer> sets = new LinkedHashMap<>();

    /** Most threads are where the one before was. */
    private final IdentityHashMap<CgroupMembership, Integer> known = new IdentityHashMap<>();

    private final CapturedDirectories wanted =
        new CapturedDirectories(locator, catalogue, controllers, freezer, warnings);
    private final Map<String, Integer> prefixes;
    private List<Member> dumper;

    Capture(CgroupMembership own, Map<String, Integer> prefixes) {
      this.prefixes = prefixes;
      for (CgroupMembership.Entry entry : own.entries()) {
        if (!entry.isNamed() && options.isDumped(entry.hierarchy())) {
          wanted.hierarchy(entry.hierarchy());
        }
      }
    }

    int addDumper(CgroupMembership own) {
      dumper = members(own, Map.of());
      sets.put(dumper, 1);
      return 1;
    }

    void addTasks(int pid, List<Integer> tids) throws CgroupException {
      for (int tid : tids) {
        CgroupMembership membership = reader.of(pid, tid);
        Integer id = known.get(membership);
        if (id == null) {
          id = setOf(members(membership, prefixes));
          known.put(membership, id);
        }
        setIds.put(tid, id);
      }
    }

    private int setOf(List<Member> members) throws CgroupException {
      Integer id = sets.get(members);
      if (id == null) {
        id = sets.size() + 1;
        sets.put(members, id);
        want(members);
      }
      return id;
    }

    private List<Member> members(CgroupMembership membership, Map<String, Integer> prefixOf) {
      List<Member> members = new ArrayList<>();
      for (CgroupMembership.Entry entry : membership.entries()) {
        String hierarchy = entry.hierarchy();
        if (options.isDumped(hierarchy)) {
          members.add(new Member(hierarchy, entry.path(), prefixOf.getOrDefault(hierarchy, 0)));
        }
      }
      members.sort((a, b) -> a.hierarchy().compareTo(b.hierarchy()));
      return members;
    }

    private void want(List<Member> members) throws CgroupException {
      if (options.mode() == ManageCgroupsMode.IGNORE) {
        return;
      }
      for (Member member : members) {
        String root = options.rootOf(member.hierarchy());
        if (root != null && !isAtOrBelow(member.path(), root)) {
          throw new CgroupException(
              "cgroup "
                  + member.path()
                  + " of "
                  + CgroupFs.describe(member.hierarchy())
                  + ": has a task and is not below "
                  + root
                  + ", which --cgroup-root names; name one above all tasks");
        }
        wanted.want(member.hierarchy(), root == null ? member.path() : root);
      }
    }

    private static boolean isAtOrBelow(String path, String top) {
      return top.equals("/") || path.equals(top) || path.startsWith(top + "/");
    }

    cgroup_entry build(int rootPid) throws CgroupException {
      if (sets.size() == 1) {
        return null;
      }
      cgroup_entry.Builder entry = cgroup_entry.newBuilder();
      if (setIds.get(rootPid) != 1 && setIds.containsValue(1)) {
        // A task that was left in the dumper's cgroups below a root that was not: CRIU forgets the
        // set it refers to, and its restore fails.
        want(dumper);
      } else {
        sets.remove(dumper);
      }
      for (Map.Entry<List<Member>, Integer> set : sets.entrySet()) {
        entry.addSets(set(set.getValue(), set.getKey()));
      }
      if (captured == null || !captured.isFor(wanted)) {
        wanted.read();
        captured = wanted;
      }
      captured.addTo(entry);
      return entry.build();
    }

    private static cg_set_entry set(int id, List<Member> members) {
      cg_set_entry.Builder set = cg_set_entry.newBuilder().setId(id);
      for (Member member : members) {
        cg_member_entry.Builder entry =
            cg_member_entry.newBuilder().setName(member.hierarchy()).setPath(member.path());
        if (member.prefix() > 0) {
          entry.setCgnsPrefix(member.prefix());
        }
        set.addCtls(entry);
      }
      return set.build();
    }
  }
}
