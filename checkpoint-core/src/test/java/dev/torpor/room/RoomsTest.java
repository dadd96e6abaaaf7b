// SPDX-License-Identifier: Apache-2.0
package dev.torpor.room;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.core.CoreRooms;
import dev.torpor.file.FileRoom;
import dev.torpor.image.ImageType;
import dev.torpor.task.ThreadRoom;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RoomsTest {
  /** A room that somebody else brings along. */
  private record Foreign(Owner owner, Set<ImageType> images) implements Room {}

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
