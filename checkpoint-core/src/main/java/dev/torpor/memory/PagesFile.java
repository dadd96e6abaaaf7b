// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageType;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;

/**
 * A pages-N.img in the directory of the images.
 *
 * @param name of the file
 */
record PagesFile(String name) implements PageOrigin {
  /** The one with a number. */
  static PagesFile of(int pagesId) {
    return new PagesFile(ImageType.PAGES.fileName(Integer.toUnsignedLong(pagesId)));
  }

  @Override
  public Op open(Program program, Provisions provisions) {
    return program
        .call("opening " + name, Nr.SYS_openat)
        .arg(provisions.images().number())
        .arg(program.string(name))
        .arg(Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
  }
}
