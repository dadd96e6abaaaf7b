// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.MemfdInodes;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * System V shared memory while a tree is captured, of which mappings know one half and the IPC
 * namespace the other: who has which segment attached, and where contents can be read.
 */
public final class SysvSegments implements AutoCloseable {
  private record Segment(int namespaceId, int id) {}

  private static final class Attached {
    private final String path;
    private int count;

    Attached(String path) {
      this.path = path;
    }
  }

  private final Map<Segment, Attached> attached = new HashMap<>();
  private final List<MemfdInodes.Content> contents = new ArrayList<>();
  private final List<Integer> descriptors = new ArrayList<>();

  /**
   * Notes a mapping.
   *
   * @param namespaceId number of the task's IPC namespace
   * @param id of the segment
   * @param path leads to its memory in Torpor's own /proc
   */
  public void attach(int namespaceId, int id, String path) {
    attached.computeIfAbsent(new Segment(namespaceId, id), segment -> new Attached(path)).count++;
  }

  /** How many mappings the tasks have of it: what the kernel counts as attachments. */
  public int count(int namespaceId, int id) {
    Attached found = attached.get(new Segment(namespaceId, id));
    return found == null ? 0 : found.count;
  }

  /** The segments of a namespace that tasks have attached. */
  public Set<Integer> attached(int namespaceId) {
    Set<Integer> ids = new TreeSet<>();
    for (Segment segment : attached.keySet()) {
      if (segment.namespaceId == namespaceId) {
        ids.add(segment.id);
      }
    }
    return ids;
  }

  /** A path to its memory, or null if no task has it attached. */
  public String path(int namespaceId, int id) {
    Attached found = attached.get(new Segment(namespaceId, id));
    return found == null ? null : found.path;
  }

  /**
   * Has the memory at a path written.
   *
   * @param number of its pagemap-shmem-NUMBER.img
   */
  public void dump(long number, String path) {
    contents.add(new MemfdInodes.Content(number, path));
  }

  /**
   * Has the memory behind a descriptor written, which is closed with this.
   *
   * @param path to the descriptor
   */
  public void dump(long number, String path, int descriptor) {
    descriptors.add(descriptor);
    dump(number, path);
  }

  /** What is to be written. */
  public List<MemfdInodes.Content> contents() {
    return contents;
  }

  @Override
  public void close() {
    descriptors.forEach(Unistd::close);
    descriptors.clear();
  }
}
