// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the rooms of one dump or restore know beyond their own objects, and tell each other: at most
 * one object of each class, which only those who know the class can reach. The first ones come from
 * the caller: options that matter to one room alone.
 */
public final class Facts {
  private final Map<Class<?>, Object> facts = new HashMap<>();

  /** Adds an object; one of the same class gives way. */
  public Facts with(Object fact) {
    facts.put(fact.getClass(), fact);
    return this;
  }

  /**
   * The object of a class.
   *
   * @param initial makes it if nobody has asked for it before
   */
  public <T> T of(Class<T> type, Supplier<T> initial) {
    return type.cast(facts.computeIfAbsent(type, key -> initial.get()));
  }

  /**
   * The object of a class that somebody has added before.
   *
   * @throws IllegalStateException if nobody has
   */
  public <T> T get(Class<T> type) {
    Object fact = facts.get(type);
    if (fact == null) {
      throw new IllegalStateException("nobody has told of " + type.getSimpleName());
    }
    return type.cast(fact);
  }

  /** The object of a class, or null if there is none. */
  public <T> T find(Class<T> type) {
    return type.cast(facts.get(type));
  }

  /** The same objects, to which others can be added. */
  public Facts copy() {
    Facts copy = new Facts();
    copy.facts.putAll(facts);
    return copy;
  }
}
