// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.memory.Areas.Area;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Finds which private memory tasks inherit. Images hold the pages of each task by itself; where
 * parent and child have a mapping of the same kind at the same place, with content, the parent has
 * it in place before it starts the child, which then writes only the pages that differ.
 *
 * <p>An area that is inherited is made as long as the longest mapping there of all who get it: what
 * is one mapping in a task's images must not come back as two, which mremap(2) could not move any
 * more. Who needs less of it unmaps the rest.
 */
public final class FamilyMemory {
  private static final class Member {
    final Member parent;
    final AddressSpace space;
    final PageIndex pages;
    final List<Member> children = new ArrayList<>();
    Areas handed = Areas.NONE;
    private List<Area> withContent;

    Member(Member parent, AddressSpace space, PageIndex pages) {
      this.parent = parent;
      this.space = space;
      this.pages = pages;
    }

    /** Nobody asks for those of a task that has neither parent nor children. */
    List<Area> withContent() {
      if (withContent == null) {
        withContent = findWithContent();
      }
      return withContent;
    }

    private List<Area> findWithContent() {
      List<Area> areas = new ArrayList<>();
      for (Area mapping : space.mappings()) {
        if (mapping.isWrittenTo() && pages.touches(mapping.start(), mapping.end())) {
          areas.add(mapping);
        }
      }
      return areas;
    }

    /** What it would take from its parent: for its children as well as for itself. */
    List<Area> claims() {
      List<Area> claims = new ArrayList<>(handed.areas());
      for (Area mapping : withContent()) {
        if (!handed.covers(mapping)) {
          claims.add(mapping);
        }
      }
      claims.sort((one, other) -> Long.compare(one.start(), other.start()));
      return claims;
    }
  }

  /** An area in the making. */
  private static final class Draft {
    final Area area;
    final boolean inherited;

    Draft(Area area, boolean inherited) {
      this.area = area;
      this.inherited = inherited;
    }
  }

  private final Map<Integer, Member> members = new LinkedHashMap<>();
  private final Map<Integer, Inheritance> inheritances = new HashMap<>();

  /** Adds a task; parents come before their children. */
  void add(int pid, int parentPid, AddressSpace space, PageIndex pages) {
    Member parent = members.get(parentPid);
    Member member = new Member(parent, space, pages);
    members.put(pid, member);
    if (parent != null) {
      parent.children.add(member);
    }
  }

  /** What one task has to do with it; call after all were added. */
  Inheritance of(int pid) {
    if (inheritances.isEmpty()) {
      compute();
    }
    return inheritances.get(pid);
  }

  private void compute() {
    List<Member> all = new ArrayList<>(members.values());
    for (int i = all.size() - 1; i >= 0; i--) {
      all.get(i).handed = handed(all.get(i));
    }
    for (Map.Entry<Integer, Member> entry : members.entrySet()) {
      inheritances.put(entry.getKey(), inheritance(entry.getValue()));
    }
  }

  private static Areas handed(Member member) {
    if (member.children.isEmpty()) {
      return Areas.NONE;
    }
    NavigableMap<Long, Draft> layout = new TreeMap<>();
    for (Area mapping : member.withContent()) {
      layout.put(mapping.start(), new Draft(mapping, false));
    }
    for (Member child : member.children) {
      for (Area claim : child.claims()) {
        claim(layout, claim);
      }
    }
    List<Area> handed = new ArrayList<>();
    for (Draft draft : layout.values()) {
      if (draft.inherited) {
        handed.add(draft.area);
      }
    }
    return new Areas(handed);
  }

  /** Joins all areas that a child's mapping lies over, unless there is one of another kind. */
  private static void claim(NavigableMap<Long, Draft> layout, Area claim) {
    long start = claim.start();
    long end = claim.end();
    Map.Entry<Long, Draft> before = layout.floorEntry(start);
    boolean reaches = before != null && before.getValue().area.end() > start;
    NavigableMap<Long, Draft> met =
        layout.subMap(reaches ? before.getKey() : start, true, end, false);
    for (Draft draft : met.values()) {
      if (!draft.area.hasSameBacking(claim)) {
        return;
      }
      start = Math.min(start, draft.area.start());
      end = Math.max(end, draft.area.end());
    }
    if (!met.isEmpty()) {
      Area like = met.firstEntry().getValue().area;
      met.clear();
      layout.put(
          start, new Draft(new Area(start, end, like.room(), like.like(), like.file()), true));
    }
  }

  private static Inheritance inheritance(Member member) {
    if (member.parent == null) {
      return new Inheritance(Areas.NONE, null, Areas.NONE, member.handed);
    }
    Areas born = member.parent.handed;
    List<Area> kept = new ArrayList<>();
    for (Area claim : member.claims()) {
      if (born.covers(claim)) {
        kept.add(claim);
      }
    }
    return new Inheritance(born, member.parent.pages, new Areas(kept), member.handed);
  }
}
