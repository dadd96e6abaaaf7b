// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import com.google.protobuf.ByteString;
import dev.torpor.image.EntryFields;
import dev.torpor.image.ImageException;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.seccomp_filter;
import dev.torpor.image.proto.seccomp_mode;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Ptrace;
import dev.torpor.linux.Seccomp;
import dev.torpor.linux.Seccomp.SockFilter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The seccomp filters of all threads of a tree, seccomp.img.
 *
 * <p>A thread's filters lie side by side in the file, the one installed last first. The thread's
 * entry names the one installed first; each names by {@code prev} the one to install after it.
 * Threads follow each other in the order of their ids outside.
 *
 * <p>Whether threads share a filter or have equal ones the kernel does not tell. If all threads of
 * a task have equal filters the file holds them once, with SECCOMP_FILTER_FLAG_TSYNC, and only the
 * leader's entry names them: installing them for the leader then gives them to the other threads.
 * That is CRIU's rule, also for a task with one thread.
 */
public final class SeccompFilters {

  /** What one thread has. */
  static final class Chain {
    final int pid;
    final int tid;
    final boolean isLeader;
    int mode;
    final List<seccomp_filter.Builder> oldestFirst = new ArrayList<>();
    private EntryFields entry;

    private Chain(ThreadState thread) {
      pid = thread.pid();
      tid = thread.tid();
      isLeader = thread.isLeader();
      mode = thread.status().number("Seccomp");
    }

    /** Remembers the entry of the thread; what it names is known when all threads are. */
    void entry(EntryFields fields) {
      entry = fields;
    }
  }

  private final List<Chain> chains = new ArrayList<>();

  private seccomp_entry image;

  /** For a dump: none yet. */
  public SeccompFilters() {}

  private SeccompFilters(seccomp_entry image) {
    this.image = image;
  }

  /** For a restore, from the content of seccomp.img. */
  public static SeccompFilters of(seccomp_entry image) {
    return new SeccompFilters(image);
  }

  /** Takes what a thread in a ptrace stop has. */
  Chain add(ThreadState thread) {
    Chain chain = new Chain(thread);
    if (chain.mode == Seccomp.SECCOMP_MODE_FILTER) {
      int count = thread.status().number("Seccomp_filters");
      try (NativeMemory program = NativeMemory.allocate(Seccomp.BPF_MAXINSNS * SockFilter.SIZEOF)) {
        for (int i = 0; i < count; i++) {
          // The kernel's 0 is the oldest.
          int instructions = Ptrace.seccompGetFilter(thread.tid(), i, program);
          byte[] code = program.getBytes(0, instructions * SockFilter.SIZEOF);
          chain.oldestFirst.add(
              seccomp_filter
                  .newBuilder()
                  .setFilter(ByteString.copyFrom(code))
                  .setFlags((int) Ptrace.seccompGetMetadata(thread.tid(), i)));
        }
      }
    }
    synchronized (chains) {
      chains.add(chain);
    }
    return chain;
  }

  private static void share(Chain leader, List<Chain> threads) {
    for (Chain thread : threads) {
      if (!equal(leader, thread)) {
        return;
      }
    }
    for (seccomp_filter.Builder filter : leader.oldestFirst) {
      filter.setFlags(filter.getFlags() | Seccomp.SECCOMP_FILTER_FLAG_TSYNC);
    }
    for (Chain thread : threads) {
      if (thread != leader) {
        thread.mode = Seccomp.SECCOMP_MODE_DISABLED;
        thread.oldestFirst.clear();
      }
    }
  }

  private static boolean equal(Chain one, Chain other) {
    boolean equal = one.mode == other.mode && one.oldestFirst.size() == other.oldestFirst.size();
    for (int i = 0; equal && i < one.oldestFirst.size(); i++) {
      equal = one.oldestFirst.get(i).getFilter().equals(other.oldestFirst.get(i).getFilter());
    }
    return equal;
  }

  /**
   * Content of seccomp.img, also when there are no filters. To be called when all threads are
   * captured and before their entries are built: it puts into them what they have.
   */
  public seccomp_entry image() {
    if (image == null) {
      chains.sort(Comparator.comparingInt(chain -> chain.tid));
      shareAll();
      seccomp_entry.Builder file = seccomp_entry.newBuilder();
      for (Chain chain : chains) {
        if (chain.mode != Seccomp.SECCOMP_MODE_DISABLED) {
          append(chain, file);
        }
      }
      image = file.build();
    }
    return image;
  }

  private void shareAll() {
    Map<Integer, List<Chain>> byTask = new HashMap<>();
    for (Chain chain : chains) {
      byTask.computeIfAbsent(chain.pid, pid -> new ArrayList<>()).add(chain);
    }
    for (List<Chain> threads : byTask.values()) {
      for (Chain chain : threads) {
        if (chain.isLeader && chain.mode == Seccomp.SECCOMP_MODE_FILTER) {
          share(chain, threads);
          break;
        }
      }
    }
  }

  private static void append(Chain chain, seccomp_entry.Builder file) {
    for (int i = chain.oldestFirst.size() - 1; i >= 0; i--) {
      seccomp_filter.Builder filter = chain.oldestFirst.get(i);
      if (i < chain.oldestFirst.size() - 1) {
        filter.setPrev(file.getSeccompFiltersCount() - 1);
      }
      file.addSeccompFilters(filter);
    }
    int mode = seccomp_mode.forNumber(chain.mode).getNumber();
    chain.entry.number(thread_core_entry.SECCOMP_MODE_FIELD_NUMBER, mode);
    if (chain.mode == Seccomp.SECCOMP_MODE_FILTER) {
      chain.entry.number(
          thread_core_entry.SECCOMP_FILTER_FIELD_NUMBER, file.getSeccompFiltersCount() - 1);
    }
  }

  /**
   * The filters of a thread in the order of their installing.
   *
   * @param position of the first
   * @param subject whose, for a message
   */
  List<seccomp_filter> chain(int position, String subject) {
    List<seccomp_filter> all = image().getSeccompFiltersList();
    List<seccomp_filter> chain = new ArrayList<>();
    int next = position;
    while (true) {
      if (next < 0 || next >= all.size() || chain.size() == all.size()) {
        throw damaged(subject, "names filter " + Integer.toUnsignedString(next), all.size());
      }
      seccomp_filter filter = all.get(next);
      if (filter.getFilter().isEmpty() || filter.getFilter().size() % SockFilter.SIZEOF != 0) {
        throw damaged(subject, "filter " + next + " is cut", all.size());
      }
      chain.add(filter);
      if (!filter.hasPrev()) {
        return chain;
      }
      next = filter.getPrev();
    }
  }

  private static ImageException damaged(String subject, String what, int count) {
    return ImageException.contradiction("seccomp of " + subject, what + " of " + count);
  }
}
