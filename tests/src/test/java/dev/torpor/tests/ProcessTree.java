// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What /proc shows of a process tree, in a form that must read the same before a dump and after a
 * restore. Inode numbers of pipes and sockets change; they are replaced by their order of
 * appearance, so that what was shared must still be shared.
 *
 * @param tasks one text per process, by pid
 */
record ProcessTree(Map<Long, String> tasks) {
  private static final List<String> STATUS_KEYS =
      List.of(
          "Name",
          "Umask",
          "NSsid",
          "NSpgid",
          "Uid",
          "Gid",
          "Groups",
          "Threads",
          "SigIgn",
          "SigCgt",
          "CapInh",
          "CapPrm",
          "CapEff",
          "CapBnd",
          "CapAmb",
          "NoNewPrivs",
          "Seccomp");

  /** The pids whose parent is the given one. */
  static List<Long> childrenOf(long pid) {
    List<Long> children = new ArrayList<>();
    for (String tid : names(Path.of("/proc", Long.toString(pid), "task"))) {
      for (String child :
          read(Path.of("/proc/" + pid + "/task/" + tid + "/children")).trim().split(" ", -1)) {
        if (!child.isEmpty()) {
          children.add(Long.parseLong(child));
        }
      }
    }
    return children;
  }

  /** The pid and all its descendants. */
  static List<Long> pidsOf(long root) {
    List<Long> pids = new ArrayList<>(List.of(root));
    for (int i = 0; i < pids.size(); i++) {
      pids.addAll(childrenOf(pids.get(i)));
    }
    return pids;
  }

  /** The ids of the threads of a process. */
  static List<Long> threadsOf(long pid) {
    return names(Path.of("/proc", Long.toString(pid), "task")).stream().map(Long::valueOf).toList();
  }

  static boolean exists(long pid) {
    return Files.exists(Path.of("/proc", Long.toString(pid)));
  }

  /** Whether a task has not ended; one that nobody has waited for yet has. */
  static boolean lives(long pid) {
    String status = read(Path.of("/proc/" + pid + "/status"));
    return !status.isEmpty() && !status.contains("State:\tZ") && !status.contains("State:\tX");
  }

  /** The number of its session. */
  static long sessionOf(long pid) {
    String stat = read(Path.of("/proc", Long.toString(pid), "stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3]);
  }

  /** Whether a task stands in a stop of its tracer's. */
  static boolean isTraced(long pid) {
    return read(Path.of("/proc/" + pid + "/status")).contains("State:\tt");
  }

  /** The kernel's name of a task, empty if it is gone. */
  static String nameOf(long pid) {
    return read(Path.of("/proc/" + pid + "/comm")).trim();
  }

  static ProcessTree of(List<Long> pids, boolean withMappings) {
    Map<String, Integer> inodes = new HashMap<>();
    Map<Long, String> tasks = new TreeMap<>();
    for (long pid : pids) {
      tasks.put(pid, describe(pid, inodes) + (withMappings ? mapsOf(pid) : ""));
    }
    return new ProcessTree(tasks);
  }

  /**
   * The address, protection, offset and file of each mapping. The kernel may keep two neighbours
   * apart that it would merge when they are mapped anew, so they are merged here; and shared
   * anonymous memory comes back as a memfd of the same name.
   */
  static String mapsOf(long pid) {
    List<Mapping> mappings = new ArrayList<>();
    for (String line : read(Path.of("/proc/" + pid + "/maps")).lines().toList()) {
      Mapping next = Mapping.parse(line);
      Mapping last = mappings.isEmpty() ? null : mappings.get(mappings.size() - 1);
      if (last != null && last.isContinuedBy(next)) {
        mappings.set(mappings.size() - 1, last.upTo(next.end()));
      } else {
        mappings.add(next);
      }
    }
    StringBuilder text = new StringBuilder();
    mappings.forEach(mapping -> text.append(mapping).append('\n'));
    return text.toString();
  }

  /** Whether a stop signal has stopped this task. */
  static boolean isStopped(long pid) {
    return read(Path.of("/proc/" + pid + "/status")).contains("\nState:\tT");
  }

  /** The tid that traces this task, 0 if none. */
  static long tracerOf(long pid) {
    for (String line : read(Path.of("/proc/" + pid + "/status")).lines().toList()) {
      if (line.startsWith("TracerPid:")) {
        return Long.parseLong(line.substring(10).trim());
      }
    }
    throw new AssertionError("no TracerPid for " + pid);
  }

  private static String describe(long pid, Map<String, Integer> inodes) {
    Path proc = Path.of("/proc", Long.toString(pid));
    StringBuilder text = new StringBuilder();
    for (String line : read(proc.resolve("status")).lines().toList()) {
      if (STATUS_KEYS.contains(line.substring(0, line.indexOf(':')))) {
        text.append(line).append('\n');
      }
    }
    if (isZombie(proc)) {
      // It has no memory and no files any more; CRIU gives it names and rights of its own making.
      return text.toString().lines().filter(line -> line.startsWith("NS")).toList().toString();
    }
    for (String link : List.of("cwd", "root", "exe")) {
      text.append(link).append(' ').append(link(proc.resolve(link), inodes)).append('\n');
    }
    for (String file : List.of("cmdline", "environ", "limits", "oom_score_adj", "personality")) {
      text.append(file).append(' ').append(read(proc.resolve(file)).trim()).append('\n');
    }
    for (String tid : names(proc.resolve("task"))) {
      text.append("thread ").append(tid).append(' ');
      text.append(read(proc.resolve("task/" + tid + "/comm")));
    }
    for (String fd : names(proc.resolve("fd"))) {
      text.append("fd ").append(fd).append(' ').append(link(proc.resolve("fd/" + fd), inodes));
      text.append(' ').append(fileFlags(proc.resolve("fdinfo/" + fd))).append('\n');
    }
    return text.toString();
  }

  private static boolean isZombie(Path proc) {
    return read(proc.resolve("status")).contains("\nState:\tZ");
  }

  private static String fileFlags(Path fdinfo) {
    for (String line : read(fdinfo).lines().toList()) {
      if (line.startsWith("flags:")) {
        return line;
      }
    }
    return "closed";
  }

  private static String link(Path path, Map<String, Integer> inodes) {
    try {
      String target = Files.readSymbolicLink(path).toString();
      if (!target.startsWith("pipe:[") && !target.startsWith("socket:[")) {
        return target;
      }
      int order = inodes.computeIfAbsent(target, any -> inodes.size() + 1);
      return target.substring(0, target.indexOf(':')) + " #" + order;
    } catch (IOException e) {
      return "closed";
    }
  }

  /** Empty for a task that has just gone. */
  private static List<String> names(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .sorted(ProcessTree::byNumber)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static int byNumber(String left, String right) {
    return Integer.compare(Integer.parseInt(left), Integer.parseInt(right));
  }

  /** Empty for a task that has just gone. */
  private static String read(Path path) {
    try {
      return Files.readString(path, ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
