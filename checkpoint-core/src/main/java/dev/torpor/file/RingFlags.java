// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** Names of what an io_uring can be made with, IORING_SETUP_*, by bit. */
final class RingFlags {
  private static final String[] NAMES = {
    "IOPOLL",
    "SQPOLL",
    "SQ_AFF",
    "CQSIZE",
    "CLAMP",
    "ATTACH_WQ",
    "R_DISABLED",
    "SUBMIT_ALL",
    "COOP_TASKRUN",
    "TASKRUN_FLAG",
    "SQE128",
    "CQE32",
    "SINGLE_ISSUER",
    "DEFER_TASKRUN",
    "NO_MMAP",
    "REGISTERED_FD_ONLY",
    "NO_SQARRAY",
    "HYBRID_IOPOLL"
  };

  private RingFlags() {}

  /** All that are set. */
  static String names(int flags) {
    StringBuilder names = new StringBuilder();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      if (((flags >>> bit) & 1) != 0) {
        names
            .append(names.isEmpty() ? "IORING_SETUP_" : " and IORING_SETUP_")
            .append(bit < NAMES.length ? NAMES[bit] : "bit " + bit);
      }
    }
    return names.toString();
  }
}
