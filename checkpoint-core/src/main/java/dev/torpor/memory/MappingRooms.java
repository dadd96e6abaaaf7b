// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.proc.Mapping;
import dev.torpor.room.Rooms;

/** Finds the room of a mapping. */
public final class MappingRooms {
  private final MappingRoom[] rooms;
  private final ImageStore images;

  /**
   * Those of a catalogue, in its order.
   *
   * @param images what entries belong to
   */
  public MappingRooms(Rooms catalogue, ImageStore images) {
    this.images = images;
    this.rooms = catalogue.of(MappingRoom.class).toArray(new MappingRoom[0]);
  }

  /**
   * The room of a mapping of a task.
   *
   * @throws UnsupportedException if there is none
   */
  MappingRoom of(int pid, Mapping mapping) {
    for (MappingRoom room : rooms) {
      if (room.recognises(mapping)) {
        return room;
      }
    }
    throw new UnsupportedException(
        mapping + " of task " + pid, "this kind of mapping is not carried");
  }

  /**
   * The room of an entry of mm-PID.img that is a mapping.
   *
   * @param task whose it is, for messages
   * @throws UnsupportedException if there is none
   */
  MappingRoom of(String task, Vma entry) {
    for (MappingRoom room : rooms) {
      if (room.recognises(entry, images)) {
        return room;
      }
    }
    throw new UnsupportedException(
        subject(task, entry),
        "mappings of this kind (status 0x"
            + Integer.toHexString(entry.status())
            + ") are not carried");
  }

  /** What a message calls a mapping. */
  static String subject(String task, Vma entry) {
    return "mapping "
        + Long.toHexString(entry.start())
        + "-"
        + Long.toHexString(entry.end())
        + " of "
        + task;
  }
}
