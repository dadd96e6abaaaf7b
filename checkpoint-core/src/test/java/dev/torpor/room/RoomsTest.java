// SPDX-License-Identifier: Apache-2.0
package dev.torpor.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.core.CoreRooms;
import dev.torpor.core.RestorePlan;
import dev.torpor.core.TreeRoom;
import dev.torpor.file.FileRoom;
import dev.torpor.image.ImageType;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.task.ThreadRoom;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoomsTest {
  /** A room that somebody else brings along. */
  private record Foreign(Owner owner, Set<ImageType> images) implements Room {}

  /** The room of a tree as a whole, which greets in each thread. */
  private static final class Greeting implements TreeRoom {
    @Override
    public void plan(RestorePlan plan) {
      for (int tid : plan.tids()) {
        plan.plan(tid).at(Step.ARM, program -> program.call("greeting", Nr.SYS_getpid));
      }
    }
  }

  @Test
  void otherPackagesHaveRoomsOfTrees() {
    Greeting greeting = new Greeting();
    assertThat(CoreRooms.all().and(List.of(greeting)).of(TreeRoom.class)).endsWith(greeting);
  }

  @Test
  void givesThoseOfOneOwnerInTheOrderOfTheList() {
    Rooms rooms = CoreRooms.all();
    assertThat(rooms.of(FileRoom.class))
        .isNotEmpty()
        .allMatch(r -> r.owner() == Room.Owner.OPEN_FILE);
    assertThat(rooms.of(ThreadRoom.class))
        .isNotEmpty()
        .allMatch(r -> r.owner() == Room.Owner.THREAD);
    assertThat(rooms.of(Foreign.class)).isEmpty();
  }

  @Test
  void takesOthers() {
    Foreign foreign = new Foreign(Room.Owner.TREE, Set.of(ImageType.AUTOFS));
    Rooms rooms = CoreRooms.all();
    assertThat(rooms.images()).doesNotContain(ImageType.AUTOFS);
    Rooms both = rooms.and(List.of(foreign));
    assertThat(both.of(Foreign.class)).containsExactly(foreign);
    assertThat(both.images()).containsAll(rooms.images()).contains(ImageType.AUTOFS);
  }

  /** An image that two rooms write would have entries of both, and none would know its own. */
  @Test
  void noKindOfImageBelongsToTwo() {
    List<ImageType> declared =
        CoreRooms.all().of(Room.class).stream().flatMap(r -> r.images().stream()).toList();
    assertThat(declared).doesNotHaveDuplicates();
  }
}
