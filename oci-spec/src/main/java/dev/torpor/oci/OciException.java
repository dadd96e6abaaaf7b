// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.io.IOException;

/** A file of an engine is not what it should be. Names the file, what is wrong and the way out. */
public final class OciException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Describes the fault.
   *
   * @param file the file, or the archive and the entry in it
   * @param problem what is wrong with it, and what to do
   */
  public OciException(String file, String problem) {
    super(file + ": " + problem);
  }

  /** As above, with the exception that revealed it. */
  public OciException(String file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
