// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

/** The version of CRIU that callers are told they talk to. */
public final class Version {
  public static final int MAJOR = 4;
  public static final int MINOR = 2;

  /** As {@code --version} prints it; LXC compares it as text. */
  public static final String TEXT = "4.2";

  private Version() {}
}
