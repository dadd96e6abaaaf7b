// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import java.util.ArrayList;
import java.util.List;

/** What a dump loses with threads, one line each. */
public final class Warnings {
  private final List<String> lines = new ArrayList<>();

  /** Nothing yet. */
  public Warnings() {}

  /** Adds a line that names whose it is. */
  public synchronized void add(String line) {
    lines.add(line);
  }

  /** All lines. */
  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }
}
