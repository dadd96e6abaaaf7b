// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

/**
 * A repeated field of an entry whose elements have nothing but numbers, and may be tens of
 * thousands.
 *
 * @param number of the field
 * @param last the largest number that a field of an element has, at most 15
 * @param required what every element must have, bit N for field N
 * @param sink takes the elements
 */
public record NumbersField(int number, int last, int required, Sink sink) {
  /** Takes elements in their order. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes one.
     *
     * @param values by the numbers of their fields, as protobuf's varints; used again for the next
     * @param present which are of this element, bit N for field N
     */
    void take(long[] values, int present);
  }
}
