// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.TtyType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.tty_info_entry;

/** How images number terminals. */
final class Terminals {
  /** CRIU's index of /dev/tty; those of pseudo-terminals are below. */
  static final int CTTY_INDEX = 1006;

  static final int MAX_PTY_INDEX = 1000;

  private Terminals() {}

  static int masterId(int index) {
    return (index << 1) | 1;
  }

  static int slaveId(int index) {
    return index << 1;
  }

  static boolean isMaster(tty_info_entry info) {
    return info.getType() == TtyType.PTY && (info.getId() & 1) == 1;
  }

  /** What --inherit-fd names the terminal by. */
  static String givenKey(tty_info_entry info) {
    return "tty["
        + Integer.toHexString(info.getRdev())
        + ":"
        + Integer.toHexString(info.getDev())
        + "]";
  }

  /** The tty-info.img entry with this id, or null. */
  static tty_info_entry info(ImageStore images, int id) {
    for (tty_info_entry info : images.entries(ImageType.TTY_INFO, tty_info_entry.parser())) {
      if (info.getId() == id) {
        return info;
      }
    }
    return null;
  }

  static tty_info_entry info(ImageStore images, file_entry entry) {
    return info(images, entry.getTty().getTtyInfoId());
  }
}
