// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.inject.Stage;
import dev.torpor.inject.Word;
import dev.torpor.plan.Contribution;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which children are born: that of pstree.img, in which wait(2) and /proc list them.
 * Children of one parent that others give birth to (CLONE_PARENT) wait for their turn.
 */
final class BirthOrder {
  private final Kinship kinship;
  private final Map<Integer, TaskImages> byPid = new HashMap<>();
  private final Map<Integer, TaskImages> order = new LinkedHashMap<>();

  /** By parents that have children whom others give birth to. */
  private final Map<Integer, Word> turns = new HashMap<>();

  private final Map<Integer, Integer> places = new HashMap<>();

  /**
   * Finds the order.
   *
   * @param tasks in the order of pstree.img; leaders that are gone behind all
   */
  BirthOrder(List<TaskImages> tasks, Kinship kinship, Stage stage) {
    this.kinship = kinship;
    for (TaskImages task : tasks) {
      byPid.put(task.pid(), task);
    }
    for (TaskImages task : tasks) {
      int starter = kinship.starter(task.pid());
      if (starter != task.tree().getPpid()) {
        // Whoever starts it must be there.
        order.putIfAbsent(starter, byPid.get(starter));
        turns.computeIfAbsent(
            task.tree().getPpid(), pid -> stage.word("children of task " + pid + " are born"));
      }
      order.putIfAbsent(task.pid(), task);
    }
    number();
  }

  private void number() {
    Map<Integer, Integer> counts = new HashMap<>();
    for (TaskImages task : order.values()) {
      if (takesTurns(task)) {
        places.put(task.pid(), counts.merge(task.tree().getPpid(), 1, Integer::sum) - 1);
      }
    }
  }

  /** Those who are born early are before all others; a group's leader that is gone comes later. */
  private boolean takesTurns(TaskImages task) {
    int pid = task.pid();
    return turns.containsKey(task.tree().getPpid())
        && !kinship.isBornEarly(pid)
        && !(kinship.isGone(pid) && !kinship.leadsSession(pid));
  }

  /** All tasks, brothers in the order of their birth. */
  Collection<TaskImages> tasks() {
    return order.values();
  }

  /** A birth, behind those that come before it. */
  Contribution inTurn(TaskImages child, Contribution birth) {
    Integer place = places.get(child.pid());
    if (place == null) {
      return birth;
    }
    Word turn = turns.get(child.tree().getPpid());
    return program -> {
      program.waitFor("waiting for the turn of task " + child.pid(), turn, place);
      birth.append(program);
      program.arrive(turn);
    };
  }
}
