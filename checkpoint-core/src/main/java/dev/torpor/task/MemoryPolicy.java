// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.memory_policy_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;

/**
 * On which nodes of memory the pages of a thread are taken, set_mempolicy(2). A leader has it
 * before its memory is filled, but for what it shares with children since a fork. Threads are born
 * with that of their leader.
 */
public final class MemoryPolicy implements ThreadRoom {
  private static final int MPOL_DEFAULT = 0;

  /** As many as any kernel is built for on x86-64: 1 << CONFIG_NODES_SHIFT. */
  private static final int NODES = 1024;

  private static final int WORDS = NODES / Long.SIZE;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    Data mode = questions.reserve(Integer.BYTES);
    Data nodes = questions.reserve(NODES / Byte.SIZE);
    // A kernel without CONFIG_NUMA has no such call, and no policies.
    Op get =
        questions
            .call("reading the memory policy", Nr.SYS_get_mempolicy)
            .arg(mode)
            .arg(nodes)
            .arg(NODES + 1)
            .arg(0)
            .arg(0)
            .expectAnything();
    return (core, answers) -> {
      int policy = answers.getInt(mode, 0);
      if (answers.result(get) == 0 && policy != MPOL_DEFAULT) {
        memory_policy_entry.Builder entry = memory_policy_entry.newBuilder().setMode(policy);
        for (int i = 0; i < WORDS; i++) {
          entry.addNodes(answers.getLong(nodes, i * Long.BYTES));
        }
        core.thread()
            .embedded(thread_core_entry.MEMORY_POLICY_FIELD_NUMBER, withoutEnd(entry).build());
      }
    };
  }

  private static memory_policy_entry.Builder withoutEnd(memory_policy_entry.Builder entry) {
    int words = WORDS;
    while (words > 0 && entry.getNodes(words - 1) == 0) {
      words--;
    }
    memory_policy_entry.Builder shorter = memory_policy_entry.newBuilder().setMode(entry.getMode());
    for (int i = 0; i < words; i++) {
      shorter.addNodes(entry.getNodes(i));
    }
    return shorter;
  }

  /** Appends what gives a task, and those that it starts, what the kernel begins with. */
  public static void reset(Program program) {
    set(program, "leaving the launcher's memory policy", memory_policy_entry.getDefaultInstance())
        .expectAnything();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    memory_policy_entry own = core.getThreadCore().getMemoryPolicy();
    memory_policy_entry born =
        plan.isLeader()
            ? memory_policy_entry.getDefaultInstance()
            : leader.getThreadCore().getMemoryPolicy();
    if (!own.equals(born)) {
      plan.at(
          plan.isLeader() ? Step.MAP : Step.THREAD,
          program -> set(program, "restoring memory policy of " + plan.subject(), own));
    }
  }

  private static Op set(Program program, String purpose, memory_policy_entry policy) {
    Data nodes = program.reserve(NODES / Byte.SIZE);
    for (int i = 0; i < Math.min(policy.getNodesCount(), WORDS); i++) {
      nodes.putLong(i * Long.BYTES, policy.getNodes(i));
    }
    return program
        .call(purpose, Nr.SYS_set_mempolicy)
        .arg(policy.getMode())
        .arg(nodes)
        .arg(NODES + 1);
  }
}
