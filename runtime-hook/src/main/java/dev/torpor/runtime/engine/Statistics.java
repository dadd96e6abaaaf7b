// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.DumpResult;
import dev.torpor.core.RestoreResult;
import dev.torpor.image.proto.dump_stats_entry;
import dev.torpor.image.proto.restore_stats_entry;

/** What an operation came to, as CRIU's statistics images say it. */
final class Statistics {
  private Statistics() {}

  /** Reading and writing memory is one pass: all of it counts as reading. */
  static dump_stats_entry of(DumpResult result) {
    return dump_stats_entry
        .newBuilder()
        .setFreezingTime(result.freezingMicros())
        .setFrozenTime(result.frozenMicros())
        .setMemdumpTime(result.memoryMicros())
        .setMemwriteTime(0)
        .setPagesScanned(result.pagesScanned())
        .setPagesSkippedParent(0)
        .setPagesWritten(result.pagesWritten())
        .setIrmapResolve(0)
        .setPagesLazy(0)
        .setPagePipes(0)
        .setPagePipeBufs(0)
        .setShpagesScanned(0)
        .setShpagesSkippedParent(0)
        .setShpagesWritten(0)
        .build();
  }

  static restore_stats_entry of(RestoreResult result) {
    return restore_stats_entry
        .newBuilder()
        .setPagesCompared(0)
        .setPagesSkippedCow(0)
        .setForkingTime(result.forkingMicros())
        .setRestoreTime(result.restoringMicros())
        .setPagesRestored(result.pagesRestored())
        .build();
  }
}
