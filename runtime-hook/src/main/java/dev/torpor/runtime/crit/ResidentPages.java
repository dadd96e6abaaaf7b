// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.vma_entry;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/**
 * {@code crit x DIR rss}: runs of pages that are in the images, each beside the mappings that it
 * lies in; {@code ~} is a mapping that a line above has named.
 */
final class ResidentPages implements Listing {
  private static final int PAGE_SHIFT = 12;

  @Override
  public void print(Checkpoint checkpoint, Writer out) throws IOException {
    for (pstree_entry task : checkpoint.tasks()) {
      out.write(Checkpoint.number(task.getPid()) + "\n");
      mm_entry memory = checkpoint.memory(task);
      if (memory != null) {
        print(checkpoint, memory.getVmasList(), checkpoint.pages(task), out);
      }
    }
  }

  private static void print(
      Checkpoint checkpoint, List<vma_entry> mappings, List<pagemap_entry> runs, Writer out)
      throws IOException {
    int at = 0;
    int named = -1;
    for (pagemap_entry run : runs) {
      String pages = String.format("\t%x / %-8d", run.getVaddr(), Checkpoint.pages(run));
      StringBuilder beside = new StringBuilder();
      long end = run.getVaddr() + (Checkpoint.pages(run) << PAGE_SHIFT);
      while (at < mappings.size()
          && Long.compareUnsigned(mappings.get(at).getEnd(), run.getVaddr()) <= 0) {
        at++;
      }
      for (;
          at < mappings.size() && Long.compareUnsigned(mappings.get(at).getStart(), end) < 0;
          at++) {
        beside.append(at == named ? " ~" : mapping(checkpoint, mappings.get(at)));
        beside.append(String.format("%n\t%23s", ""));
        named = at;
      }
      // The next run may begin in the mapping where this one ended.
      at--;
      out.write(String.format("%-24s%s%n", pages, beside));
    }
  }

  private static String mapping(Checkpoint checkpoint, vma_entry mapping) {
    long pages = (mapping.getEnd() - mapping.getStart()) >> PAGE_SHIFT;
    String text = String.format(" %08x / %-8d", mapping.getStart(), pages);
    return Kinds.of(mapping).isFile()
        ? text + ' ' + checkpoint.path((int) mapping.getShmid())
        : text;
  }
}
