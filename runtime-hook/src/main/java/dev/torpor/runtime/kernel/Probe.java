// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import java.io.IOException;

/** Finds out whether the kernel has something, by using it. */
@FunctionalInterface
interface Probe {
  /**
   * What is missing.
   *
   * @return null when it is there, else what a person should know
   * @throws IOException counts as missing, as does an error of the kernel's
   */
  String missing() throws IOException;
}
