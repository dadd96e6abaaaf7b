// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

/** Ranges of addresses in ascending order that do not overlap. */
interface Spans {
  /** How many there are. */
  int size();

  /** First address of one. */
  long start(int index);

  /** First address behind one. */
  long end(int index);

  /** Receives the parts of a range, in ascending order. */
  @FunctionalInterface
  interface Parts {
    /**
     * One part.
     *
     * @param index of the span that it lies in, or {@link #OUTSIDE}
     */
    void part(long start, long end, int index);
  }

  /** Not an index: what lies in no span. */
  int OUTSIDE = -1;

  /** The first span that ends behind an address; {@link #size} if there is none. */
  default int firstEndingBehind(long address) {
    return search(address, 0, size());
  }

  private int search(long address, int from, int to) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(end(middle), address) > 0) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The same, sooner found if it is at {@code near} or right behind it. */
  default int firstEndingBehind(long address, int near) {
    if (near > 0 && Long.compareUnsigned(end(near - 1), address) > 0) {
      return search(address, 0, near);
    }
    for (int index = near; index < near + 2; index++) {
      if (index == size() || Long.compareUnsigned(end(index), address) > 0) {
        return index;
      }
    }
    return search(address, near + 2, size());
  }

  /** Whether some span has an address of a range. */
  default boolean touches(long start, long end) {
    int index = firstEndingBehind(start);
    return index < size() && Long.compareUnsigned(start(index), end) < 0;
  }

  /** Cuts a range where spans begin and end. */
  default void cut(long start, long end, Parts parts) {
    int index = firstEndingBehind(start);
    long at = start;
    while (Long.compareUnsigned(at, end) < 0) {
      boolean outside = index == size() || Long.compareUnsigned(at, start(index)) < 0;
      long stop = index == size() ? end : outside ? start(index) : end(index);
      stop = Long.compareUnsigned(stop, end) < 0 ? stop : end;
      parts.part(at, stop, outside ? OUTSIDE : index);
      index += outside ? 0 : 1;
      at = stop;
    }
  }

  /** Cuts a range as {@link #cut} does; only the parts that lie in spans. */
  default void within(long start, long end, Parts parts) {
    for (int index = firstEndingBehind(start);
        index < size() && Long.compareUnsigned(start(index), end) < 0;
        index++) {
      long from = Long.compareUnsigned(start(index), start) > 0 ? start(index) : start;
      long to = Long.compareUnsigned(end(index), end) < 0 ? end(index) : end;
      parts.part(from, to, index);
    }
  }

  /** Cuts a range as {@link #cut} does; only the parts that lie in no span. */
  default void between(long start, long end, Parts parts) {
    cut(
        start,
        end,
        (from, to, index) -> {
          if (index == OUTSIDE) {
            parts.part(from, to, index);
          }
        });
  }
}
