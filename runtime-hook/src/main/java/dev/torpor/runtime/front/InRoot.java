// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Paths as they are seen by who has another root: links do not lead out of it. */
final class InRoot {
  /** As the kernel has it, MAXSYMLINKS of linux/namei.h. */
  private static final int MAX_LINKS = 40;

  private final Path root;
  private final Deque<String> rest = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private int links;

  private InRoot(Path root) {
    this.root = root;
  }

  /**
   * A path without links, of what need not be there.
   *
   * @param root directory that is the root
   * @param path from there
   */
  static String resolve(Path root, String path) {
    InRoot walk = new InRoot(root);
    walk.push(path);
    while (!walk.rest.isEmpty()) {
      walk.step(walk.rest.pop());
    }
    return "/" + String.join("/", walk.done);
  }

  private void push(String path) {
    String[] names = path.split("/", -1);
    for (int i = names.length - 1; i >= 0; i--) {
      rest.push(names[i]);
    }
  }

  private void step(String name) {
    if (name.isEmpty() || name.equals(".")) {
      return;
    }
    if (name.equals("..")) {
      if (!done.isEmpty()) {
        done.remove(done.size() - 1);
      }
      return;
    }
    done.add(name);
    Path here = root.resolve(String.join("/", done));
    if (Files.isSymbolicLink(here)) {
      done.remove(done.size() - 1);
      follow(here);
    }
  }

  private void follow(Path link) {
    if (++links > MAX_LINKS) {
      throw new OptionException(link + ": too many symbolic links on the way to a mount point");
    }
    try {
      String target = Files.readSymbolicLink(link).toString();
      if (target.startsWith("/")) {
        done.clear();
      }
      push(target);
    } catch (IOException e) {
      throw new OptionException(link + " cannot be read: " + e.getMessage());
    }
  }
}
