// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.plan.Facts;

/** The fact that a capture is a rehearsal: nobody will use what it finds. */
public final class Rehearsal {
  private static final Rehearsal NONE = new Rehearsal(false);

  private final boolean is;

  private Rehearsal(boolean is) {
    this.is = is;
  }

  /** What a rehearsal is told. */
  public static Facts in(Facts facts) {
    return facts.copy().with(new Rehearsal(true));
  }

  /** Whether this is one. */
  static boolean of(CaptureContext context) {
    return context.options().of(Rehearsal.class, () -> NONE).is;
  }
}
