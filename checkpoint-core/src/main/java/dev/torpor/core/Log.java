// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

/** Where Torpor says what it does; CRIU's four levels. Messages are one line. */
public interface Log {
  /** Something failed. */
  void error(String message);

  /** Something is odd but goes on. */
  void warn(String message);

  /** A step was made. */
  void info(String message);

  /** Details of a step. */
  void debug(String message);

  /** Says nothing. */
  Log SILENT =
      new Log() {
        @Override
        public void error(String message) {}

        @Override
        public void warn(String message) {}

        @Override
        public void info(String message) {}

        @Override
        public void debug(String message) {}
      };
}
