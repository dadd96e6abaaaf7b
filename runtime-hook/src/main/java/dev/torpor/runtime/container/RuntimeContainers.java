// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.runtime.hook.ContainerList;
import dev.torpor.runtime.hook.LiveContainer;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The containers of all runtimes of this machine, where engines have them keep their state. */
final class RuntimeContainers {
  /** Podman, CRI-O and runc or crun by hand. */
  private static final List<String> ROOTS = List.of("/run/runc", "/run/crun");

  /** Docker's; one directory for each of its namespaces. */
  static final Path DOCKER = Path.of("/run/docker/runtime-runc");

  /** Containerd's, as Docker's. */
  static final Path CONTAINERD = Path.of("/run/containerd/runc");

  private final List<Path> roots;

  /**
   * Those of one root, or of all that are known.
   *
   * @param root null for all
   */
  RuntimeContainers(Path root) throws IOException {
    roots = root == null ? known() : List.of(root);
  }

  private static List<Path> known() throws IOException {
    List<Path> known = new ArrayList<>();
    for (String root : ROOTS) {
      known.add(Path.of(root));
    }
    known.addAll(directories(DOCKER));
    known.addAll(directories(CONTAINERD));
    return known;
  }

  private static List<Path> directories(Path parent) throws IOException {
    List<Path> directories = new ArrayList<>();
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, Files::isDirectory)) {
        all.forEach(directories::add);
      } catch (AccessDeniedException e) {
        throw new IOException(parent + ": be root to see the containers there", e);
      }
    }
    return directories;
  }

  /** All that run, as they are listed. */
  List<LiveContainer> listed() throws IOException {
    List<LiveContainer> listed = new ArrayList<>();
    for (Path root : roots) {
      for (Path state : directories(root)) {
        try {
          RuntimeContainer container = RuntimeContainer.read(root, state.getFileName().toString());
          if (container != null && container.runs()) {
            listed.add(container.listed());
          }
        } catch (IOException e) {
          if (Files.exists(state)) {
            throw e;
          }
          // Its runtime removed it meanwhile.
        }
      }
    }
    return listed;
  }

  /**
   * The running one that somebody means.
   *
   * @param name an id, the beginning of one, or the name that its engine or the hooks know
   * @throws OptionException if it is none, or several
   */
  RuntimeContainer running(String name) throws IOException {
    String id = ContainerList.idOf(name);
    List<RuntimeContainer> found = new ArrayList<>();
    for (Path root : roots) {
      for (Path state : directories(root)) {
        String each = state.getFileName().toString();
        if (each.equals(name) || each.equals(id)) {
          return running(RuntimeContainer.read(root, each), name);
        }
        RuntimeContainer container = RuntimeContainer.read(root, each);
        if (container != null && name.equals(container.name())) {
          return running(container, name);
        }
        if (container != null && each.startsWith(name)) {
          found.add(container);
        }
      }
    }
    if (found.size() > 1) {
      throw new OptionException(
          name + " is the beginning of " + found.size() + " containers: give more of its id");
    }
    return running(found.isEmpty() ? null : found.get(0), name);
  }

  private RuntimeContainer running(RuntimeContainer container, String name) {
    if (container == null) {
      throw new OptionException(
          "container "
              + name
              + " is in none of "
              + roots
              + ": give its id, and --root if its"
              + " runtime has another");
    }
    if (!container.runs()) {
      throw new OptionException(
          "container " + name + " is not running: only a running one can be dumped");
    }
    return container;
  }
}
