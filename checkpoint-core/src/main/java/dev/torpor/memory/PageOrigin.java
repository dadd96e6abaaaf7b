// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.inject.Op;
import dev.torpor.inject.Program;

/** Where restored tasks read their pages from, by themselves. */
interface PageOrigin {
  /** What messages call it. */
  String name();

  /** Appends the call that opens it, for reading at any offset. */
  Op open(Program program, Provisions provisions);
}
