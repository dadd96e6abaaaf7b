// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** What becomes of an option that a caller gives. */
public enum Support {
  /** Does what CRIU documents. */
  WORKS("works"),
  /**
   * Permits objects that would otherwise be refused. Accepted; an object of that kind which is not
   * carried yet is refused by its own name.
   */
  PERMITS("accepted, permits"),
  /** Steers a part of CRIU that has no counterpart here, so there is nothing it could change. */
  NO_EFFECT("accepted, no effect"),
  /** Would change the outcome and is not there yet: the operation is refused. */
  REFUSED("refused for now"),
  /** CRIU refuses it too. */
  RETIRED("refused, as by CRIU");

  private final String text;

  Support(String text) {
    this.text = text;
  }

  /** Word for help texts and tables. */
  public String text() {
    return text;
  }
}
