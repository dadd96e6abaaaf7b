// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which files of a cgroup are saved, in the order they are written back. The built-in lists are
 * those of CRIU 4.2; {@link #with} reads what its {@code --cgroup-props} takes:
 *
 * <pre>
 * "cpu":
 *  - "strategy": "replace"
 *  - "properties": ["cpu.shares", "cpu.cfs_period_us"]
 * </pre>
 *
 * <p>Strategy is {@code replace} or {@code merge} (append). The name {@code unified} stands for
 * cgroup2, for which CRIU has no list: {@code memory.max} and its like are saved only if named
 * here.
 */
public final class PropertyCatalogue {
  private static final String UNIFIED = "unified";

  private final Map<String, List<String>> lists;

  private PropertyCatalogue(Map<String, List<String>> lists) {
    this.lists = lists;
  }

  /** The lists of the controllers this package knows. */
  public static PropertyCatalogue builtIn() {
    Map<String, List<String>> lists = new LinkedHashMap<>();
    for (Controller controller : Controllers.all()) {
      lists.put(controller.name(), controller.properties());
    }
    return new PropertyCatalogue(lists);
  }

  /**
   * These lists, changed.
   *
   * @param text as described above
   * @throws CgroupException if the text has another shape
   */
  public PropertyCatalogue with(String text) throws CgroupException {
    Map<String, List<String>> changed = new LinkedHashMap<>(lists);
    Cursor cursor = new Cursor(text);
    while (!cursor.atEnd()) {
      String name = cursor.quoted("controller name");
      cursor.expect(':');
      boolean merge = strategy(cursor);
      List<String> properties = merge ? new ArrayList<>(of(name)) : new ArrayList<>();
      for (String property : propertyList(cursor)) {
        if (!properties.contains(property)) {
          properties.add(property);
        }
      }
      changed.put(name, List.copyOf(properties));
    }
    return new PropertyCatalogue(changed);
  }

  private static boolean strategy(Cursor cursor) throws CgroupException {
    cursor.expect('-');
    cursor.expectQuoted("strategy");
    cursor.expect(':');
    String strategy = cursor.quoted("strategy");
    if (strategy.equals("merge")) {
      return true;
    }
    if (strategy.equals("replace")) {
      return false;
    }
    throw cursor.error("unknown strategy '" + strategy + "', want merge or replace");
  }

  private static List<String> propertyList(Cursor cursor) throws CgroupException {
    List<String> properties = new ArrayList<>();
    cursor.expect('-');
    cursor.expectQuoted("properties");
    cursor.expect(':');
    cursor.expect('[');
    while (!cursor.accept(']')) {
      if (!properties.isEmpty()) {
        cursor.expect(',');
      }
      properties.add(cursor.quoted("property name"));
    }
    return properties;
  }

  /** The files of one controller; for an unknown one, none. */
  List<String> of(String controller) {
    return lists.getOrDefault(controller.isEmpty() ? UNIFIED : controller, List.of());
  }

  /** A place in the text. */
  private static final class Cursor {
    private final String text;
    private int position;

    Cursor(String text) {
      this.text = text;
    }

    boolean atEnd() {
      while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
        position++;
      }
      return position == text.length();
    }

    boolean accept(char wanted) {
      if (atEnd() || text.charAt(position) != wanted) {
        return false;
      }
      position++;
      return true;
    }

    void expect(char wanted) throws CgroupException {
      if (!accept(wanted)) {
        throw error("'" + wanted + "' expected");
      }
    }

    String quoted(String what) throws CgroupException {
      if (!accept('"')) {
        throw error(what + " in quotes expected");
      }
      int end = text.indexOf('"', position);
      if (end <= position) {
        throw error(what + " is empty or its quotes are not closed");
      }
      String value = text.substring(position, end);
      position = end + 1;
      return value;
    }

    void expectQuoted(String word) throws CgroupException {
      if (!quoted("\"" + word + "\"").equals(word)) {
        throw error("\"" + word + "\" expected");
      }
    }

    CgroupException error(String what) {
      return new CgroupException("cgroup properties, character " + position + ": " + what);
    }
  }
}
