// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.torpor.image.EntryFields;
import dev.torpor.image.FieldWriter;
import dev.torpor.image.Serialised;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.thread_info_x86;

/** The core_entry of a thread in the making, without its registers. */
public final class ThreadEntry {
  /** Tags and lengths. */
  private static final int HEADS_BYTES = 64;

  /**
   * State of a task whose main thread has ended while others go on: Torpor's own, CRIU counts its
   * states from 1.
   */
  public static final int OUTLIVED = 100;

  private final EntryFields thread = new EntryFields(thread_core_entry.FS_FIELD_NUMBER);
  private task_core_entry.Builder task;
  private long clearTidAddress;
  private boolean isOutlived;

  /** What every thread has that is alive: a thread_core_entry. */
  public EntryFields thread() {
    return thread;
  }

  /** What a leader has for its process. */
  public task_core_entry.Builder task() {
    if (task == null) {
      task = task_core_entry.newBuilder();
    }
    return task;
  }

  /** Whether somebody has asked for {@link #task}. */
  public boolean hasTask() {
    return task != null;
  }

  /** The one field of thread_info that is no register, set_tid_address(2). */
  public long clearTidAddress() {
    return clearTidAddress;
  }

  /** Sets {@link #clearTidAddress()}. */
  public void clearTidAddress(long address) {
    clearTidAddress = address;
  }

  /** Says that this is a main thread that has ended while others of its task go on. */
  public void outlived() {
    isOutlived = true;
    task().setTaskState(OUTLIVED);
  }

  /**
   * The entry. Its plan has it without registers, which go by ptrace and are in no plan.
   *
   * @param info a thread_info_x86; null for who has ended: of a zombie no more than the task is
   *     left
   */
  public Serialised with(FieldWriter info) throws InvalidProtocolBufferException {
    core_entry.Builder planned = core_entry.newBuilder().setMtype(core_entry.march.X86_64);
    task_core_entry ofTask = hasTask() ? task.build() : null;
    FieldWriter ofThread = info == null && !isOutlived ? null : thread.serialised();
    FieldWriter entry =
        new FieldWriter(
            HEADS_BYTES
                + (info == null ? 0 : info.lengthBytes())
                + (ofTask == null ? 0 : ofTask.getSerializedSize())
                + (ofThread == null ? 0 : ofThread.lengthBytes()));
    entry.number(core_entry.MTYPE_FIELD_NUMBER, core_entry.march.X86_64_VALUE);
    if (info != null) {
      entry.embedded(core_entry.THREAD_INFO_FIELD_NUMBER, info);
      planned.setThreadInfo(
          thread_info_x86.newBuilder().setClearTidAddr(clearTidAddress).buildPartial());
    }
    if (ofTask != null) {
      entry.embedded(core_entry.TC_FIELD_NUMBER, ofTask);
      planned.setTc(ofTask);
    }
    if (ofThread != null) {
      entry.embedded(core_entry.THREAD_CORE_FIELD_NUMBER, ofThread);
      planned.setThreadCore(ofThread.parsed(thread_core_entry.parser()));
    }
    return new Serialised(entry, planned.buildPartial());
  }
}
