// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fdinfo_entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Plans that files which wait in sockets to be received (SCM_RIGHTS) are open where they are sent
 * again. Who opens a socket opens them before, or has inherited them. Those that no task has keep
 * their descriptor there until {@link dev.torpor.plan.Step#CLOSE}, for what is done late.
 */
final class FilesInFlightPlan {
  private final FilesPlanner planner;
  private final Map<Integer, Opening> openingOfId;

  FilesInFlightPlan(FilesPlanner planner, Map<Integer, Opening> openingOfId) {
    this.planner = planner;
    this.openingOfId = openingOfId;
  }

  /** Adds users, and puts openings of sockets behind those of the files that wait in them. */
  void plan(Map<List<Object>, Opening> openings) {
    List<List<Object>> receivers = new ArrayList<>();
    openings.forEach(
        (key, opening) -> {
          if (opening.opener != null && opening.mappingFlags == Opening.NOT_MAPPED) {
            boolean receives = false;
            for (int id : List.copyOf(opening.numbers.keySet())) {
              receives |= add(opening, id);
            }
            if (receives) {
              receivers.add(key);
            }
          }
        });
    for (List<Object> key : receivers) {
      openings.put(key, openings.remove(key));
    }
  }

  /** Whether anything waits in a file of a group. */
  private boolean add(Opening receiver, int id) {
    List<Integer> waiting = receiver.room.inFlight(planner.entry(id), planner);
    for (int file : waiting) {
      Opening opening = openingOfId.get(file);
      if (opening == null) {
        throw new UnsupportedException(
            receiver.subject.toString(),
            "files.img has no file with id " + file + ", which waits in it");
      }
      if (opening.room.isOpenedLate(planner.entry(file))) {
        throw new UnsupportedException(
            receiver.subject.toString(),
            "the "
                + opening.room.describe(planner.entry(file))
                + " waits in it to be received (SCM_RIGHTS), which is not carried; let the program"
                + " receive it");
      }
      if (opening != receiver) {
        opening.addUser(receiver.opener, "what waits in " + receiver.subject);
        opening.inherited |= receiver.isEarly();
      }
      if (!opening.numbers.containsKey(file)) {
        keep(opening, file);
        if (opening == receiver) {
          add(receiver, file);
        }
      }
    }
    return !waiting.isEmpty();
  }

  private static void keep(Opening opening, int id) {
    if (!opening.room.comesBackInFlight()) {
      throw new UnsupportedException(
          opening.subject.toString(),
          "no task has this file of kind " + opening.room.type() + " open; not carried");
    }
    opening.numbers.put(id, new ServiceFd());
    opening.kept.add(id);
  }

  /** Who has the files that no task has, by the ids of these; call when numbers are allotted. */
  static Map<Integer, LatePlan.User> keepers(Iterable<Opening> openings) {
    Map<Integer, LatePlan.User> keepers = new HashMap<>();
    for (Opening opening : openings) {
      for (int id : opening.kept) {
        fdinfo_entry descriptor =
            fdinfo_entry
                .newBuilder()
                .setId(id)
                .setFlags(0)
                .setType(opening.room.type())
                .setFd(opening.numbers.get(id).number())
                .build();
        RestoreTask keeper = opening.opener;
        keepers.put(id, new LatePlan.User(keeper.files, descriptor, keeper.table.descriptors));
      }
    }
    return keepers;
  }
}
