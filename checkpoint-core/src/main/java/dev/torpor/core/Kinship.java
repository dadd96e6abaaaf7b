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
 *
 * <p>A leader may have ended long ago, and its number be no task's any more. A restore starts
 * another in its place, which makes the session or the group again, and ends. That of a session has
 * to give birth to those who are in it, to be children of its own parent (CLONE_PARENT), as has one
 * that is a zombie; that of a group is a child of the first who is in it.
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

  /** Parents before children; leaders that are gone behind all. */
  private final Map<Integer, Member> members = new LinkedHashMap<>();

  private final List<Member> gone = new ArrayList<>();

  /** Who gives birth to a task, where that is not its parent: leaders that have ended. */
  private final Map<Integer, Member> midwives = new HashMap<>();

  /**
   * A tree.
   *
   * @param members parents before their children
   */
  Kinship(List<Member> members) {
    for (Member member : members) {
      this.members.put(member.pid, member);
    }
    for (Member member : members) {
      addSessionLeader(member);
    }
    for (Member member : members) {
      if (joinsGroup(member.pid) && !this.members.containsKey(member.pgid)) {
        addGone(member.pgid, member.pid, member.sid);
      }
    }
  }

  private void addSessionLeader(Member member) {
    Member parent = members.get(member.parent);
    if (parent == null
        || isOfParentsSession(member, parent)
        || isOfGrandparentsSession(member, parent)) {
      return;
    }
    Member leader = members.get(member.sid);
    if (leader == null && member.sid != members.values().iterator().next().sid) {
      leader = addGone(member.sid, parent.pid, member.sid);
    }
    if (leader != null && hasEnded(leader) && leader.parent == parent.pid) {
      midwives.put(member.pid, leader);
    }
  }

  private Member addGone(int pid, int parent, int sid) {
    Member leader =
        new Member("the leader " + pid + ", which is gone,", pid, parent, pid, sid, null);
    gone.add(leader);
    members.put(pid, leader);
    return leader;
  }

  private static boolean hasEnded(Member member) {
    return member.ids == null;
  }

  /** Leaders of sessions and groups that have ended and that nobody has to wait for any more. */
  List<Member> gone() {
    return gone;
  }

  /** Whether a leader of a session or group is no task of the tree. */
  boolean isGone(int pid) {
    return gone.contains(members.get(pid));
  }

  /** Who starts a task: its parent, or who has it as a child of its own parent. */
  int starter(int pid) {
    Member midwife = midwives.get(pid);
    return midwife == null ? members.get(pid).parent : midwife.pid;
  }

  /** Whether a task gives birth to children of its parent. */
  boolean isMidwife(int pid) {
    return midwives.containsValue(members.get(pid));
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
      if (parent != null
          && !midwives.containsKey(member.pid)
          && !isOfParentsSession(member, parent)
          && !isOfGrandparentsSession(member, parent)) {
        throw new UnsupportedException(
            member.subject,
            "it belongs to session "
                + member.sid
                + ", but its parent, "
                + parent.subject
                + ", does not, nor has it left that; no restore makes it a child of both: let it"
                + " end, or dump a tree that begins below");
      }
      if (joinsGroup(member.pid) && members.get(member.pgid).sid != member.sid) {
        throw new UnsupportedException(
            member.subject,
            "the leader of its process group "
                + member.pgid
                + " is in another session, which no restore makes; let it end");
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
    return !midwives.containsKey(pid) && !isOfParentsSession(member, members.get(member.parent));
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
    Member parent = members.get(starter(member.pid));
    if (parent == null) {
      return member.pgid;
    }
    return parent.pgid == parent.pid ? parent.pid : birthGroup(parent);
  }
}
