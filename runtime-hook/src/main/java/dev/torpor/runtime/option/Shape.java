// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** What may follow an option's name. */
public enum Shape {
  /** No value; {@code --no-NAME} takes it back. */
  FLAG,
  /** No value and no {@code --no-NAME}. */
  SWITCH,
  /** One value, the last one given counts. */
  VALUE,
  /** A value only in the forms {@code --name=VALUE} and {@code -nVALUE}. */
  OPTIONAL_VALUE,
  /** One value; each occurrence adds one. */
  REPEATED;

  boolean takesValue() {
    return this == VALUE || this == REPEATED || this == OPTIONAL_VALUE;
  }

  boolean needsValue() {
    return this == VALUE || this == REPEATED;
  }
}
