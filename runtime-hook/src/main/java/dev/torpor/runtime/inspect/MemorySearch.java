// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks for a text or a regular expression in saved memory. Memory is bytes: a text is looked for
 * in UTF-8, and an expression sees one character for each byte.
 */
public final class MemorySearch {
  private static final int WINDOW_BYTES = 1 << 20;

  /** What a match can have at most: it may begin anywhere in a window. */
  private static final int MOST_MATCH_BYTES = 1 << 12;

  private static final int CONTEXT_BYTES = 32;

  private final Pattern pattern;

  private MemorySearch(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * A place where it was found.
   *
   * @param address of its first byte
   * @param text itself, with dots for what is no text
   * @param context the same with what stands before and behind
   */
  public record Match(String address, String text, String context) {}

  /** Looks for these very characters. */
  public static MemorySearch text(String text) {
    return new MemorySearch(Pattern.compile(bytes(text), Pattern.LITERAL));
  }

  /**
   * Looks for what an expression matches.
   *
   * @throws java.util.regex.PatternSyntaxException if it is none
   */
  public static MemorySearch expression(String expression) {
    return new MemorySearch(Pattern.compile(bytes(expression)));
  }

  private static String bytes(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** Finds all, in the order of their addresses. */
  public void find(SavedMemory memory, Consumer<Match> found) throws IOException {
    int run = 0;
    while (run < memory.runs().size()) {
      long start = memory.runs().get(run).start();
      long end = memory.runs().get(run).end();
      // Neighbours are one: a text may lie across.
      while (++run < memory.runs().size() && memory.runs().get(run).start() == end) {
        end = memory.runs().get(run).end();
      }
      find(memory, start, end, found);
    }
  }

  private void find(SavedMemory memory, long start, long end, Consumer<Match> found)
      throws IOException {
    long next = start;
    for (long at = start; at != end; at += Math.min(WINDOW_BYTES, end - at)) {
      int length = (int) Math.min(WINDOW_BYTES + MOST_MATCH_BYTES, end - at);
      String text = new String(memory.read(at, length), 0, length, StandardCharsets.ISO_8859_1);
      Matcher matcher = pattern.matcher(text);
      int from = (int) Math.max(0, next - at);
      while (from <= length && matcher.find(from) && matcher.start() < WINDOW_BYTES) {
        found.accept(match(at, text, matcher));
        // What matches nothing is found once at a place.
        from = Math.max(matcher.end(), matcher.start() + 1);
        next = at + from;
      }
    }
  }

  private static Match match(long at, String text, Matcher matcher) {
    int before = Math.max(0, matcher.start() - CONTEXT_BYTES);
    int behind = Math.min(text.length(), matcher.end() + CONTEXT_BYTES);
    return new Match(
        "0x" + Long.toHexString(at + matcher.start()),
        shown(matcher.group()),
        shown(text.substring(before, behind)));
  }

  private static String shown(String bytes) {
    return Shown.text(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
