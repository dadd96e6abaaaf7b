// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import java.util.logging.LogManager;

/**
 * A log manager that reads no configuration, for {@code -Djava.util.logging.manager}. JNA makes a
 * logger when it is loaded, which nobody listens to; reading the JDK's {@code logging.properties}
 * for it would take milliseconds of every start.
 */
public final class NoLogConfiguration extends LogManager {
  @Override
  public void readConfiguration() {}
}
