// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.FieldWriter;
import dev.torpor.image.proto.core_entry;
import java.util.concurrent.FutureTask;

/**
 * The image entry of one thread, in the making.
 *
 * @param tid as Torpor sees it
 * @param imageTid as the images number it
 * @param core becomes core-TID.img
 */
record CapturedThread(int tid, int imageTid, FutureTask<Core> core) {
  /**
   * A core_entry in two parts.
   *
   * @param registers thread_info_x86; null for a zombie, which has none
   * @param rest all else
   */
  record Core(FieldWriter registers, core_entry.Builder rest) {
    /** The whole entry. */
    FieldWriter entry() {
      core_entry built = rest.build();
      FieldWriter entry =
          new FieldWriter(
              HEADS_BYTES
                  + built.getSerializedSize()
                  + (registers == null ? 0 : registers.lengthBytes()));
      entry.number(core_entry.MTYPE_FIELD_NUMBER, built.getMtype().getNumber());
      if (registers != null) {
        entry.embedded(core_entry.THREAD_INFO_FIELD_NUMBER, registers);
      }
      if (built.hasTc()) {
        entry.embedded(core_entry.TC_FIELD_NUMBER, built.getTc());
      }
      if (built.hasThreadCore()) {
        entry.embedded(core_entry.THREAD_CORE_FIELD_NUMBER, built.getThreadCore());
      }
      return entry;
    }
  }

  private static final int HEADS_BYTES = 64;
}
