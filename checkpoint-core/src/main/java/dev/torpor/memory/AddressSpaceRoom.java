// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.proto.mm_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import dev.torpor.proc.SmapsParser;
import dev.torpor.proc.TaskStat;
import dev.torpor.task.ThpDisabled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** mm-PID.img: the mappings of a task and what the kernel knows of its address space. */
public final class AddressSpaceRoom {
  private final ProcFs proc;
  private final MappingRooms rooms;
  private final MappedFiles files;
  private final LiveMemory copied;

  /** Looks in {@code proc}; mapped files get their ids from {@code files}. */
  public AddressSpaceRoom(ProcFs proc, MappingRooms rooms, MappedFiles files, LiveMemory copied) {
    this.copied = copied;
    this.proc = proc;
    this.rooms = rooms;
    this.files = files;
  }

  /** The mappings of a task as they are without what is in it to {@linkplain LiveMemory copy}. */
  public List<Mapping> mappings(int pid) {
    List<Mapping> mappings = mappings(proc, pid);
    return copied.of(pid) == null ? mappings : WriteTracking.withoutMarks(mappings);
  }

  /** The mappings of a task with their VmFlags. */
  public static List<Mapping> mappings(ProcFs proc, int pid) {
    return SmapsParser.read(proc.path(pid, "smaps"));
  }

  /** The part that is seen from outside, and the calls for the rest. */
  public static final class Capture {
    private final mm_entry.Builder mm;
    private final Op brk;
    private final Op dumpable;
    private final Op thpDisabled;

    private Capture(mm_entry.Builder mm, Program questions) {
      this.mm = mm;
      brk = questions.call("asking for the program break", Nr.SYS_brk).arg(0);
      dumpable =
          questions.call("asking whether it dumps core", Nr.SYS_prctl).arg(Prctl.PR_GET_DUMPABLE);
      // The kernel wants to see that the others are 0.
      thpDisabled =
          questions
              .call("asking whether it has huge pages", Nr.SYS_prctl)
              .arg(Prctl.PR_GET_THP_DISABLE)
              .arg(0)
              .arg(0)
              .arg(0)
              .arg(0);
    }

    /** The whole entry. */
    public mm_entry entry(Answers answers) {
      ThpDisabled.note((int) answers.result(thpDisabled), mm);
      return mm.setMmBrk(answers.result(brk)).setDumpable((int) answers.result(dumpable)).build();
    }
  }

  /**
   * Looks at a task.
   *
   * @param questions gets the calls that only the task can make
   * @throws dev.torpor.error.UnsupportedException for a mapping that is not carried
   */
  public Capture capture(int pid, TaskStat stat, List<Mapping> mappings, Program questions) {
    mm_entry.Builder mm =
        mm_entry
            .newBuilder()
            .setMmStartCode(stat.startCode())
            .setMmEndCode(stat.endCode())
            .setMmStartData(stat.startData())
            .setMmEndData(stat.endData())
            .setMmStartStack(stat.startStack())
            .setMmStartBrk(stat.startBrk())
            .setMmArgStart(stat.argStart())
            .setMmArgEnd(stat.argEnd())
            .setMmEnvStart(stat.envStart())
            .setMmEnvEnd(stat.envEnd())
            .setExeFileId(files.executable(pid));
    new VmaEntries(rooms, pid, files).capture(mappings, mm);
    mm.addAllVmas(GuardRegions.capture(proc, pid, mappings));
    addAuxv(mm, ProcFs.bytes(proc.path(pid, "auxv")));
    return new Capture(mm, questions);
  }

  /** All words up to AT_NULL, which restorers add. */
  private static void addAuxv(mm_entry.Builder mm, byte[] auxv) {
    ByteBuffer words = ByteBuffer.wrap(auxv).order(ByteOrder.LITTLE_ENDIAN);
    while (words.remaining() >= 2 * Long.BYTES) {
      long type = words.getLong();
      long value = words.getLong();
      if (type == 0) {
        return;
      }
      mm.addMmSavedAuxv(type).addMmSavedAuxv(value);
    }
  }
}
