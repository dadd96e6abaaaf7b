// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.creds_entry;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.rlimit_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.seccomp_filter;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.runtime.crit.Checkpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the processes of a checkpoint. */
final class TaskReader {
  /** What the kernel puts at the end of the stack has at most a quarter of that, by default. */
  private static final int MOST_ARGUMENT_BYTES = 2 << 20;

  private final ImageStore images;
  private final Checkpoint checkpoint;
  private final DescriptorText descriptors;

  TaskReader(ImageStore images, Checkpoint checkpoint) {
    this.images = images;
    this.checkpoint = checkpoint;
    this.descriptors = new DescriptorText(images, checkpoint);
  }

  List<Report.Task> read() throws IOException {
    List<Report.Task> tasks = new ArrayList<>();
    for (pstree_entry task : checkpoint.tasks()) {
      try (SavedMemory memory = SavedMemory.of(images, Checkpoint.number(task.getPid()))) {
        tasks.add(read(task, memory));
      }
    }
    return tasks;
  }

  private Report.Task read(pstree_entry task, SavedMemory memory) throws IOException {
    core_entry core = checkpoint.core(task);
    mm_entry space = checkpoint.memory(task);
    fs_entry directories = checkpoint.directories(task);
    boolean isDead = space == null;
    return new Report.Task(
        Checkpoint.number(task.getPid()),
        Checkpoint.number(task.getPpid()),
        Checkpoint.number(task.getPgid()),
        Checkpoint.number(task.getSid()),
        core.getTc().getComm(),
        Names.taskState(core.getTc().getTaskState()),
        isDead ? List.of() : strings(memory, space.getMmArgStart(), space.getMmArgEnd()),
        isDead ? null : checkpoint.path(space.getExeFileId()),
        directories == null ? null : checkpoint.path(directories.getCwdId()),
        directories == null ? null : checkpoint.path(directories.getRootId()),
        directories == null ? null : "0" + Integer.toOctalString(directories.getUmask()),
        credentials(core.getThreadCore()),
        seccomp(core.getThreadCore()),
        limits(core),
        memory == null ? 0 : memory.savedBytes(),
        isDead ? List.of() : new ThreadReader(images).read(task),
        isDead ? List.of() : mappings(space, memory),
        descriptors(task),
        isDead ? List.of() : environment(memory, space));
  }

  /** Programs that change what ps(1) shows of them overwrite it with their title and zeros. */
  private static List<String> environment(SavedMemory memory, mm_entry space) throws IOException {
    List<String> variables = new ArrayList<>();
    for (String word : strings(memory, space.getMmEnvStart(), space.getMmEnvEnd())) {
      if (!word.isEmpty()) {
        variables.add(word);
      }
    }
    return variables;
  }

  /** Words with a NUL behind each, as far as that memory was saved. */
  private static List<String> strings(SavedMemory memory, long start, long end) throws IOException {
    long lengthBytes = end - start;
    if (memory == null || lengthBytes <= 0) {
      return List.of();
    }
    byte[] bytes = memory.read(start, (int) Math.min(lengthBytes, MOST_ARGUMENT_BYTES));
    List<String> words = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        words.add(new String(bytes, begin, i - begin, StandardCharsets.UTF_8));
        begin = i + 1;
      }
    }
    if (begin < bytes.length) {
      words.add(new String(bytes, begin, bytes.length - begin, StandardCharsets.UTF_8));
    }
    return words;
  }

  private static Report.Credentials credentials(thread_core_entry thread) {
    if (!thread.hasCreds()) {
      return null;
    }
    creds_entry creds = thread.getCreds();
    List<Long> groups = new ArrayList<>();
    for (int group : creds.getGroupsList()) {
      groups.add(Checkpoint.number(group));
    }
    return new Report.Credentials(
        Checkpoint.number(creds.getUid()),
        Checkpoint.number(creds.getGid()),
        Checkpoint.number(creds.getEuid()),
        Checkpoint.number(creds.getEgid()),
        groups,
        Names.capabilities(creds.getCapEffList()),
        Names.capabilities(creds.getCapPrmList()),
        Names.capabilities(creds.getCapInhList()),
        Names.capabilities(creds.getCapAmbList()),
        Names.capabilities(creds.getCapBndList()),
        creds.getNoNewPrivs() != 0,
        creds.hasLsmProfile() ? creds.getLsmProfile() : null);
  }

  private Report.Seccomp seccomp(thread_core_entry thread) {
    if (!thread.hasSeccompMode()) {
      return new Report.Seccomp("disabled", 0);
    }
    int filters = 0;
    if (thread.hasSeccompFilter()) {
      List<seccomp_filter> all = new ArrayList<>();
      for (seccomp_entry entry : images.entries(ImageType.SECCOMP, seccomp_entry.parser())) {
        all.addAll(entry.getSeccompFiltersList());
      }
      int at = thread.getSeccompFilter();
      // Each was installed after another; more steps than filters are a circle.
      while (at >= 0 && at < all.size() && filters < all.size()) {
        filters++;
        at = all.get(at).hasPrev() ? all.get(at).getPrev() : -1;
      }
    }
    return new Report.Seccomp(thread.getSeccompMode().name(), filters);
  }

  private static List<Report.Limit> limits(core_entry core) {
    List<Report.Limit> limits = new ArrayList<>();
    List<rlimit_entry> all = core.getTc().getRlimits().getRlimitsList();
    for (int i = 0; i < all.size(); i++) {
      limits.add(new Report.Limit(Names.limit(i), all.get(i).getCur(), all.get(i).getMax()));
    }
    return limits;
  }

  private List<Report.Mapping> mappings(mm_entry space, SavedMemory memory) {
    MappingText text = new MappingText(checkpoint, space);
    List<Report.Mapping> mappings = new ArrayList<>();
    for (vma_entry mapping : space.getVmasList()) {
      long saved = memory == null ? 0 : memory.savedBytes(mapping.getStart(), mapping.getEnd());
      mappings.add(text.read(mapping, saved));
    }
    return mappings;
  }

  private List<Report.Descriptor> descriptors(pstree_entry task) {
    List<Report.Descriptor> all = new ArrayList<>();
    for (fdinfo_entry fd : checkpoint.descriptors(task)) {
      all.add(descriptors.read(fd));
    }
    return all;
  }
}
