// SPDX-License-Identifier: Apache-2.0
package dev.torpor.room;

import dev.torpor.image.ImageType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A catalogue of rooms: all that a dump can carry, or a restore return. Its order is that in which
 * rooms of one owner are asked.
 */
public final class Rooms {
  private final List<Room> rooms;

  /** These rooms. */
  public Rooms(List<? extends Room> rooms) {
    this.rooms = List.copyOf(rooms);
  }

  /** These and others, which are asked behind these. */
  public Rooms and(List<? extends Room> others) {
    List<Room> both = new ArrayList<>(rooms);
    both.addAll(others);
    return new Rooms(both);
  }

  /** Those of one owner, as the interface that all of them have. */
  public <R extends Room> List<R> of(Class<R> kind) {
    List<R> found = new ArrayList<>();
    for (Room room : rooms) {
      if (kind.isInstance(room)) {
        found.add(kind.cast(room));
      }
    }
    return Collections.unmodifiableList(found);
  }

  /** All kinds of images that any of them declares. */
  public Set<ImageType> images() {
    Set<ImageType> images = EnumSet.noneOf(ImageType.class);
    for (Room room : rooms) {
      images.addAll(room.images());
    }
    return images;
  }
}
