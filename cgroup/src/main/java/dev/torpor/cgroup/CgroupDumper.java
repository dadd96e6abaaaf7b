// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.image.proto.cg_member_entry;
import dev.torpor.image.proto.cg_set_entry;
import dev.torpor.image.proto.cgroup_entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Captures the cgroups of a process tree: who is in which set, and how the directories are set.
 *
 * <p>A set is the cgroups of a task in all hierarchies. Set 1 is the one of the dumper; as with
 * CRIU, tasks in it stay where they are restored, and nothing is saved if all tasks are in it.
 */
public final class CgroupDumper {
  private static final String FREEZER = "freezer";

  private final HierarchyLocator locator;
  private final MembershipReader reader;
  private final CgroupOptions options;
  private final Controllers controllers = new Controllers();

  /**
   * @param locator where hierarchies are mounted, or the caller's cgroup yard
   * @param reader reads /proc
   * @param options options of the dump
   */
  public CgroupDumper(HierarchyLocator locator, MembershipReader reader, CgroupOptions options) {
    this.locator = locator;
    this.reader = reader;
    this.options = options;
  }

  /**
   * Captures the cgroups of all tasks.
   *
   * <p>Precondition: the tasks neither move nor end meanwhile. Zombies are left out: they have no
   * set.
   *
   * @param rootPid root of the tree; pids and tids are those of this process's pid namespace
   * @param threads thread ids by process id, the root among them
   * @param freezer the freezer that the dump was told to use, or null
   * @throws CgroupException if a hierarchy cannot be reached or a file cannot be read
   */
  public CgroupCapture capture(int rootPid, Map<Integer, List<Integer>> threads, Freezer freezer)
      throws CgroupException {
    CgroupMembership own = reader.own();
    Capture capture = new Capture(own, freezer, namespacePrefixes(rootPid));
    int dumperSet = capture.addDumper(own);
    capture.addTasks(rootPid, threads.get(rootPid));
    for (Map.Entry<Integer, List<Integer>> process : threads.entrySet()) {
      if (process.getKey() != rootPid) {
        capture.addTasks(process.getKey(), process.getValue());
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

    private final List<CapturedHierarchy> hierarchies = new ArrayList<>();
    private final Map<String, Integer> prefixes;
    private final Freezer freezer;
    private List<Member> dumper;

    Capture(CgroupMembership own, Freezer freezer, Map<String, Integer> prefixes) {
      this.freezer = freezer;
      this.prefixes = prefixes;
      for (CgroupMembership.Entry entry : own.entries()) {
        if (!entry.isNamed()) {
          hierarchies.add(hierarchy(entry.hierarchy()));
        }
      }
    }

    private CapturedHierarchy hierarchy(String name) {
      return new CapturedHierarchy(name, options.properties(), controllers, freezer);
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
        captureDirectories(members);
      }
      return id;
    }

    private List<Member> members(CgroupMembership membership, Map<String, Integer> prefixOf) {
      List<Member> members = new ArrayList<>();
      for (CgroupMembership.Entry entry : membership.entries()) {
        String hierarchy = entry.hierarchy();
        if (options.dumps(hierarchy)) {
          members.add(new Member(hierarchy, entry.path(), prefixOf.getOrDefault(hierarchy, 0)));
        }
      }
      members.sort((a, b) -> a.hierarchy().compareTo(b.hierarchy()));
      return members;
    }

    private void captureDirectories(List<Member> members) throws CgroupException {
      for (Member member : members) {
        CapturedHierarchy hierarchy = find(member.hierarchy());
        if (options.mode() == ManageCgroupsMode.IGNORE) {
          continue;
        }
        String root = options.rootOf(member.hierarchy());
        String top = root == null ? member.path() : root;
        hierarchy.add(locator.locate(member.hierarchy(), top), top);
      }
    }

    private CapturedHierarchy find(String name) {
      for (CapturedHierarchy hierarchy : hierarchies) {
        if (hierarchy.name().equals(name)) {
          return hierarchy;
        }
      }
      CapturedHierarchy added = hierarchy(name);
      hierarchies.add(added);
      return added;
    }

    cgroup_entry build(int rootPid) throws CgroupException {
      if (sets.size() == 1) {
        return null;
      }
      cgroup_entry.Builder entry = cgroup_entry.newBuilder();
      if (setIds.get(rootPid) != 1 && setIds.containsValue(1)) {
        // A task that was left in the dumper's cgroups below a root that was not: CRIU forgets the
        // set it refers to, and its restore fails.
        captureDirectories(dumper);
      } else {
        sets.remove(dumper);
      }
      for (Map.Entry<List<Member>, Integer> set : sets.entrySet()) {
        entry.addSets(set(set.getValue(), set.getKey()));
      }
      for (CapturedHierarchy hierarchy : hierarchies) {
        if (freezer != null && hierarchy.name().equals(FREEZER)) {
          hierarchy.addFreezerState(locator);
        }
        entry.addControllers(hierarchy.build());
      }
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
