// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.linux.OutputFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;

/** A file that only its owner may read: memory and environments have passwords in them. */
final class PrivateFile {
  private static final int OWN = 0600;

  private PrivateFile() {}

  /** Made anew, in the place of what has its name. */
  static OutputStream create(String path) throws IOException {
    return new BufferedOutputStream(Channels.newOutputStream(OutputFile.create(path, OWN)));
  }
}
