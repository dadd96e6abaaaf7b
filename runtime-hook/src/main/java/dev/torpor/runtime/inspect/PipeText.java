// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.linux.Fcntl;

/** Which end of a pipe a descriptor is. */
final class PipeText {
  private PipeText() {}

  static boolean isWriter(int flags) {
    return (flags & Fcntl.O_ACCMODE) == Fcntl.O_WRONLY;
  }
}
