// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

/** A 32-bit futex word that all programs of one {@link Stage} see, 0 at first. */
public final class Word {
  final String name;
  final int index;

  Word(String name, int index) {
    this.name = name;
    this.index = index;
  }

  @Override
  public String toString() {
    return name;
  }
}
