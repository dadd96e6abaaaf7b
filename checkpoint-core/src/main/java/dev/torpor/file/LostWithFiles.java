// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.ArrayList;
import java.util.List;

/** A fact: what open files have that a restore will not bring back, and a user should know. */
public final class LostWithFiles {
  private final List<String> warnings = new ArrayList<>();

  /** Nothing yet. */
  public LostWithFiles() {}

  void add(Descriptor descriptor, String what) {
    warnings.add(descriptor.subject() + ": " + what);
  }

  /** One line each. */
  public List<String> warnings() {
    return warnings;
  }
}
