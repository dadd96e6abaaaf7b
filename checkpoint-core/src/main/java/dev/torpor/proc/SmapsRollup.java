// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

/** /proc/PID/smaps_rollup, proc_pid_smaps_rollup(5): sums over all mappings of a task. */
public final class SmapsRollup {
  private final String path;
  private final String text;

  private SmapsRollup(String path, String text) {
    this.path = path;
    this.text = text;
  }

  /** Reads that of a task. */
  public static SmapsRollup read(String path) {
    return new SmapsRollup(path, ProcFs.text(path));
  }

  /**
   * Whether another task, of whichever tree, has some of its anonymous pages too: since a fork. Of
   * such a page only a part counts in Pss_Anon (since Linux 5.1).
   */
  public boolean sharesAnonymousPages() {
    return kib("Pss_Anon:") != kib("Anonymous:");
  }

  /** All pages that the task has in memory, in KiB; exact, as those of /proc/PID/status are not. */
  public long residentKib() {
    return kib("Rss:");
  }

  private long kib(String key) {
    int line = text.indexOf("\n" + key);
    int end = line < 0 ? -1 : text.indexOf(" kB\n", line);
    if (end < 0) {
      throw new ProcException(path, text, key + " COUNT kB");
    }
    return Digits.parse(text, text.lastIndexOf(' ', end - 1) + 1, end, 10);
  }
}
