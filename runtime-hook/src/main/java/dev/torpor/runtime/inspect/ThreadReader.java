// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.siginfo_entry;
import dev.torpor.image.proto.signal_queue_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.runtime.crit.Checkpoint;
import dev.torpor.signal.SignalName;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the threads of a process. */
final class ThreadReader {
  private final ImageStore images;

  ThreadReader(ImageStore images) {
    this.images = images;
  }

  List<Report.TaskThread> read(pstree_entry task) {
    List<Report.TaskThread> threads = new ArrayList<>();
    for (int tid : task.getThreadsList()) {
      long number = Checkpoint.number(tid);
      if (images.has(ImageType.CORE, number)) {
        core_entry core = images.only(ImageType.CORE, number, core_entry.parser());
        threads.add(read(number, core));
      }
    }
    return threads;
  }

  private static Report.TaskThread read(long tid, core_entry core) {
    thread_core_entry thread = core.getThreadCore();
    boolean isLeader = core.hasTc();
    String name = thread.hasComm() || !isLeader ? thread.getComm() : core.getTc().getComm();
    long blocked =
        thread.hasBlkSigset() || !isLeader ? thread.getBlkSigset() : core.getTc().getBlkSigset();
    List<String> pending = new ArrayList<>();
    pending(thread.getSignalsP(), pending);
    if (isLeader) {
      pending(core.getTc().getSignalsS(), pending);
    }
    return new Report.TaskThread(
        tid,
        name,
        registers(core),
        Names.signals(blocked),
        pending,
        thread.hasSchedPolicy() ? thread.getSchedPolicy() : null,
        thread.hasSchedNice() ? thread.getSchedNice() : null);
  }

  /** Those of x86-64 and AArch64, by their names there. */
  private static Map<String, String> registers(core_entry core) {
    Map<String, String> registers = new LinkedHashMap<>();
    if (core.hasThreadInfo()) {
      add(core.getThreadInfo().getGpregs(), registers);
    } else if (core.hasTiAarch64()) {
      add(core.getTiAarch64().getGpregs(), registers);
    }
    return registers;
  }

  private static void add(Message set, Map<String, String> registers) {
    for (FieldDescriptor field : set.getDescriptorForType().getFields()) {
      Object value = set.getField(field);
      if (value instanceof Long number) {
        registers.put(field.getName(), "0x" + Long.toHexString(number));
      } else if (value instanceof List<?> numbers) {
        for (int i = 0; i < numbers.size(); i++) {
          registers.put(field.getName() + i, "0x" + Long.toHexString((Long) numbers.get(i)));
        }
      }
    }
  }

  private static void pending(signal_queue_entry queue, List<String> names) {
    for (siginfo_entry signal : queue.getSignalsList()) {
      if (signal.getSiginfo().size() >= Integer.BYTES) {
        // si_signo stands first.
        int number =
            signal.getSiginfo().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getInt();
        names.add(SignalName.of(number));
      }
    }
  }
}
