// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import java.util.function.Consumer;

/**
 * Where a room says what a restore will not bring back, {@link FileCapture#warn}.
 *
 * @param sink gets one line for each
 */
public record CaptureWarnings(Consumer<String> sink) {
  static final CaptureWarnings UNHEARD = new CaptureWarnings(line -> {});
}
