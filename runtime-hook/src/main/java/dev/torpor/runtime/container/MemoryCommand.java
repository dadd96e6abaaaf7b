// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.container;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.runtime.archive.OpenedCheckpoint;
import dev.torpor.runtime.crit.Checkpoint;
import dev.torpor.runtime.inspect.MemorySearch;
import dev.torpor.runtime.inspect.RecordJson;
import dev.torpor.runtime.inspect.SavedMemory;
import dev.torpor.runtime.inspect.Shown;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** {@code torpor container memory}: what the images have of the memory of processes. */
final class MemoryCommand {
  private static final int PIECE_BYTES = 1 << 20;
  private static final int MOST_MATCHES = 10_000;

  private final ContainerArguments arguments;
  private final PrintStream out;

  MemoryCommand(ContainerArguments arguments, PrintStream out) {
    this.arguments = arguments;
    this.out = out;
  }

  /** A process and how much of its memory is there. */
  public record Saved(long pid, String name, long savedBytes, int runs) {}

  /** Pages that follow each other, and where they are in the file of {@code --output}. */
  public record Range(String start, String end, long offset) {}

  /** What was found, and in which process. */
  public record Found(long pid, MemorySearch.Match match) {}

  void run() throws IOException {
    try (OpenedCheckpoint opened =
        OpenedCheckpoint.open(
            arguments.file(), arguments.limits(), arguments.temporary(), entry -> true)) {
      ImageStore images = opened.images();
      Checkpoint checkpoint = new Checkpoint(images);
      MemorySearch search = search();
      if (search != null) {
        search(images, checkpoint, search);
      } else if (arguments.pid() == 0) {
        overview(images, checkpoint);
      } else {
        ranges(images);
      }
    }
  }

  private MemorySearch search() {
    String text = arguments.text("search");
    String expression = arguments.text("regex");
    if (text != null && expression != null) {
      throw new OptionException("--search and --regex do not go together: give one of them");
    }
    if ("".equals(text)) {
      throw new OptionException("--search needs a text of a character at least");
    }
    try {
      return text != null
          ? MemorySearch.text(text)
          : expression != null ? MemorySearch.expression(expression) : null;
    } catch (PatternSyntaxException e) {
      throw new OptionException("--regex is none: " + e.getDescription() + " at " + e.getIndex());
    }
  }

  private List<Long> pids(ImageStore images, Checkpoint checkpoint) {
    if (arguments.pid() != 0) {
      return List.of(arguments.pid());
    }
    List<Long> pids = new ArrayList<>();
    for (pstree_entry task : checkpoint.tasks()) {
      if (images.has(ImageType.PAGEMAP, Checkpoint.number(task.getPid()))) {
        pids.add(Checkpoint.number(task.getPid()));
      }
    }
    return pids;
  }

  private static SavedMemory memory(ImageStore images, long pid) throws IOException {
    SavedMemory memory = SavedMemory.of(images, pid);
    if (memory == null) {
      throw new OptionException(
          "--pid " + pid + ": the images have no memory of such a process; inspect lists them");
    }
    return memory;
  }

  private void search(ImageStore images, Checkpoint checkpoint, MemorySearch search)
      throws IOException {
    List<Found> found = new ArrayList<>();
    boolean json = arguments.on("json");
    for (long pid : pids(images, checkpoint)) {
      try (SavedMemory memory = memory(images, pid)) {
        search.find(
            memory,
            match -> {
              if (!json) {
                out.println(pid + " " + match.address() + "  " + match.context());
              } else if (found.size() < MOST_MATCHES) {
                found.add(new Found(pid, match));
              }
            });
        if (memory.isPartlyElsewhere() && !json) {
          out.println(pid + " has pages in the images of an earlier dump, which were not searched");
        }
      }
    }
    if (json) {
      json(found);
    }
  }

  private void overview(ImageStore images, Checkpoint checkpoint) throws IOException {
    List<Saved> all = new ArrayList<>();
    for (pstree_entry task : checkpoint.tasks()) {
      long pid = Checkpoint.number(task.getPid());
      try (SavedMemory memory = SavedMemory.of(images, pid)) {
        if (memory != null) {
          String name = checkpoint.core(task).getTc().getComm();
          all.add(new Saved(pid, name, memory.savedBytes(), memory.runs().size()));
        }
      }
    }
    if (arguments.on("json")) {
      json(all);
      return;
    }
    out.printf("%8s %-16s %12s %8s%n", "PID", "NAME", "SAVED", "RANGES");
    for (Saved each : all) {
      String name = Shown.terminal(each.name);
      out.printf("%8d %-16s %12s %8d%n", each.pid, name, Shown.size(each.savedBytes), each.runs);
    }
  }

  private void ranges(ImageStore images) throws IOException {
    List<Range> ranges = new ArrayList<>();
    try (SavedMemory memory = memory(images, arguments.pid())) {
      for (SavedMemory.Run run : memory.runs()) {
        String start = String.format("%012x", run.start());
        ranges.add(new Range(start, String.format("%012x", run.end()), run.offset()));
      }
      if (arguments.text("output") != null) {
        copy(memory);
      }
    }
    if (arguments.on("json")) {
      json(ranges);
      return;
    }
    for (Range range : ranges) {
      out.println(range.start + "-" + range.end + " at " + range.offset);
    }
  }

  private void copy(SavedMemory memory) throws IOException {
    byte[] piece = new byte[PIECE_BYTES];
    try (OutputStream file = PrivateFile.create(arguments.text("output"))) {
      for (SavedMemory.Run run : memory.runs()) {
        long length = run.end() - run.start();
        for (long at = 0; at < length; at += PIECE_BYTES) {
          int count = (int) Math.min(PIECE_BYTES, length - at);
          memory.read(run, at, ByteBuffer.wrap(piece, 0, count));
          file.write(piece, 0, count);
        }
      }
    }
  }

  private void json(List<?> list) throws IOException {
    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    RecordJson.write(list, writer);
  }
}
