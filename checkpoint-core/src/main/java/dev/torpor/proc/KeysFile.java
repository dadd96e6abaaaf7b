// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import java.util.HashMap;
import java.util.Map;
import java.util.StringTokenizer;

/**
 * {@code /proc/keys} and {@code /proc/key-users}, keyrings(7): which keys there are, of those that
 * the reader may see, and how many each user has.
 */
public final class KeysFile {
  private static final String SPACE = " ";

  private KeysFile() {}

  /**
   * Whether there may be a keyring that a task has made: all but those that the kernel makes for
   * itself and for each user.
   *
   * @return false where the kernel has no keys at all
   */
  public static boolean mayHaveOwn(ProcFs proc) {
    Map<String, Integer> known = new HashMap<>();
    try {
      for (String line : Words.split(ProcFs.text(proc.root() + "/keys"), '\n')) {
        countKernels(new StringTokenizer(line, SPACE), known);
      }
      for (String line : Words.split(ProcFs.text(proc.root() + "/key-users"), '\n')) {
        // uid, usage, keys and those in use, keys that count for the quota
        StringTokenizer words = new StringTokenizer(line, " :/");
        if (words.countTokens() > 4) {
          String uid = words.nextToken();
          skip(words, 3);
          if (Integer.parseInt(words.nextToken()) > known.getOrDefault(uid, 0)) {
            return true;
          }
        }
      }
      return false;
    } catch (ProcException e) {
      // No CONFIG_KEYS.
      return false;
    }
  }

  /** id, flags, usage, expiry, permissions, uid, gid, type, description. */
  private static void countKernels(StringTokenizer words, Map<String, Integer> known) {
    if (words.countTokens() < 9) {
      return;
    }
    words.nextToken();
    boolean countsForQuota = words.nextToken().indexOf('Q') >= 0;
    skip(words, 3);
    String uid = words.nextToken();
    skip(words, 2);
    String description = words.nextToken();
    if (countsForQuota
        && (description.startsWith(".")
            || description.startsWith("_uid.")
            || description.startsWith("_uid_ses."))) {
      known.merge(uid, 1, Integer::sum);
    }
  }

  private static void skip(StringTokenizer words, int count) {
    for (int i = 0; i < count; i++) {
      words.nextToken();
    }
  }
}
