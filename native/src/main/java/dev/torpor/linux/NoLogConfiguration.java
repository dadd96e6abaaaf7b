// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.io.IOException;
import java.util.logging.LogManager;

/**
 * A log manager without a configuration, for {@code -Djava.util.logging.manager}. JNA makes a
 * logger when it is loaded, which nobody listens to; reading the JDK's {@code logging.properties}
 * for it, and then looking through all jars for another logging system, would take 10 ms of every
 * start.
 */
public final class NoLogConfiguration extends LogManager {
  /**
   * Reads nothing.
   *
   * @throws IOException always: after a configuration that was read the log manager looks for other
   *     logging systems, after one that could not be read it goes on in silence
   */
  @Override
  public void readConfiguration() throws IOException {
    throw new IOException("no configuration of java.util.logging is read");
  }
}
