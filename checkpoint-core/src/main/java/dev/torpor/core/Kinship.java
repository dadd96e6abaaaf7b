// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.task_kobj_ids_entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Who is whose child, in which session and group, and shares what with whom. A dump asks it before
 * anything is frozen, and again when all is, whether a restore could make such a tree; a restore
 * asks it what to do when.
 *
 * <p>A task gets its session by birth or by setsid, so a child is born before or after its parent's
 * setsid. It gets its process group by birth, or joins it when the group's leader is there. What
 * tasks share they share by birth too.
 */
final class Kinship {
  /**
   * A task.
   *
   * @param subject as messages name it
   * @param pid as images number it, as what follows
   * @param parent 0 for the root
   * @param pgid 0 if its group is outside of its pid namespace
   * @param sid likewise its session
   * @param ids null for a zombie, which shares nothing any more
   */
  record Member(String subject, int pid, int parent, int pgid, int sid, task_kobj_ids_entry ids) {}

  /** Parents before children. */
  private final Map<Integer, Member> members = new LinkedHashMap<>();

  /**
   * A tree.
   *
   * @param members parents before their children
   */
  Kinship(List<Member> members) {
    for (Member member : members) {
      this.members.put(member.pid, member);
    }
  }

  /** The tree that images describe. */
  static Kinship of(List<TaskImages> tasks) {
    List<Member> members = new ArrayList<>();
    for (TaskImages task : tasks) {
      members.add(
          new Member(
              "task " + task.pid(),
              task.pid(),
              task.tree().getPpid(),
              task.tree().getPgid(),
              task.tree().getSid(),
              task.ids()));
    }
    return new Kinship(members);
  }

  /**
   * Refuses what no restore makes.
   *
   * @throws UnsupportedException naming the task, and what there is about it
   */
  void check() {
    if (members.size() == 1) {
      return;
    }
    checkOwn("memory", task_kobj_ids_entry::getVmId);
    checkOwn("signal handlers", task_kobj_ids_entry::getSighandId);
    checkInherited("current directory", task_kobj_ids_entry::getFsId);
    checkTables(checkInherited("descriptors", task_kobj_ids_entry::getFilesId));
    for (Member member : members.values()) {
      Member parent = members.get(member.parent);
      if (parent == null) {
        continue;
      }
      if (!isOfParentsSession(member, parent) && !isOfGrandparentsSession(member, parent)) {
        throw new UnsupportedException(
            member.subject,
            "it belongs to session " + member.sid + ", whose leader has ended; not carried yet");
      }
      if (joinsGroup(member.pid) && !members.containsKey(member.pgid)) {
        throw new UnsupportedException(
            member.subject,
            "the leader of its process group " + member.pgid + " has ended; not carried yet");
      }
    }
  }

  private void checkOwn(String what, ToIntFunction<task_kobj_ids_entry> id) {
    Map<Integer, Member> owners = new HashMap<>();
    for (Member member : members.values()) {
      Member other = member.ids == null ? null : owners.put(id.applyAsInt(member.ids), member);
      if (other != null) {
        throw new UnsupportedException(
            member.subject,
            "it shares its "
                + what
                + " with "
                + other.subject
                + ", like a child of vfork(2) before its execve; that is not carried");
      }
    }
  }

  /** The first who has each of the objects, by their ids. */
  private Map<Integer, Member> checkInherited(String what, ToIntFunction<task_kobj_ids_entry> id) {
    Map<Integer, Member> owners = new HashMap<>();
    for (Member member : members.values()) {
      if (member.ids == null) {
        continue;
      }
      int own = id.applyAsInt(member.ids);
      Member owner = owners.get(own);
      Member parent = members.get(member.parent);
      if (owner == null) {
        owners.put(own, member);
      } else if (parent == null || id.applyAsInt(parent.ids) != own) {
        throw new UnsupportedException(
            member.subject,
            "it shares its " + what + " with " + owner.subject + ", which is not its parent");
      }
    }
    return owners;
  }

  /** The owner may have closed what a child is to inherit before the parent gives birth. */
  private void checkTables(Map<Integer, Member> owners) {
    for (Member member : members.values()) {
      Member parent = members.get(member.parent);
      if (member.ids != null
          && parent != null
          && parent.ids.getFilesId() != member.ids.getFilesId()
          && owners.get(parent.ids.getFilesId()).pid != parent.pid) {
        throw new UnsupportedException(
            member.subject,
            "its parent shares its descriptors with another task, but it does not; not carried"
                + " yet");
      }
    }
  }

  private static boolean isOfParentsSession(Member member, Member parent) {
    return member.sid == member.pid || member.sid == parent.sid;
  }

  private boolean isOfGrandparentsSession(Member member, Member parent) {
    Member grandparent = members.get(parent.parent);
    return leadsSession(parent) && grandparent != null && member.sid == grandparent.sid;
  }

  /** Whether a task is born before its parent makes its session. */
  boolean isBornEarly(int pid) {
    Member member = members.get(pid);
    return !isOfParentsSession(member, members.get(member.parent));
  }

  private static boolean leadsSession(Member member) {
    return member.sid == member.pid;
  }

  /** Whether a task makes a session. */
  boolean leadsSession(int pid) {
    return leadsSession(members.get(pid));
  }

  /** Whether a task makes a group without making a session. */
  boolean leadsGroup(int pid) {
    Member member = members.get(pid);
    return member.pgid == pid && !leadsSession(member);
  }

  /** Whether a task, which leads neither, is born into another group than its own. */
  boolean joinsGroup(int pid) {
    Member member = members.get(pid);
    return member.pgid != pid && birthGroup(member) != member.pgid;
  }

  private int birthGroup(Member member) {
    Member parent = members.get(member.parent);
    if (parent == null) {
      return member.pgid;
    }
    return parent.pgid == parent.pid ? parent.pid : birthGroup(parent);
  }
}
