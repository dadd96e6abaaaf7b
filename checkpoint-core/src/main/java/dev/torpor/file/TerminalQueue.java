// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.tty_data_entry;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Poll;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;
import java.util.concurrent.locks.LockSupport;

/**
 * What waits to be read from either side of a pseudo-terminal, seen from its master. No call tells
 * it without taking it, and of a line that is not ended none tells that there is one; so it is read
 * from the memory of the kernel: struct n_tty_data, what the line discipline has taken in, and
 * struct tty_bufhead, what it had no room for yet.
 */
final class TerminalQueue {
  /** N_TTY_BUF_SIZE of the kernel. */
  private static final int RING_BYTES = 4096;

  /** So much at a time the line discipline takes in. */
  static final int MOST_TAKEN_IN = RING_BYTES - 1;

  /** And so much the kernel keeps beside it (pty_common_install, with what it may exceed that). */
  private static final int MOST_BESIDE = 1 << 16;

  private static final int LOOKS = 20;
  private static final long LOOK_NANOS = 5_000_000;

  private static final String WAY_OUT = "; let the program read it before the dump";

  private final Descriptor master;
  private final FileCapture capture;
  private final KernelTypes types;
  private final KernelMemory memory;

  private TerminalQueue(Descriptor master, FileCapture capture, KernelFile file) {
    this.master = master;
    this.capture = capture;
    this.types = file.types();
    this.memory = file.memory();
  }

  /**
   * Captures what waits on both sides, when the tree stands still.
   *
   * @param localFlags c_lflag, ICANON among them
   * @return whether the kernel lets us look
   * @throws UnsupportedException for what cannot be put in again
   */
  static boolean capture(Descriptor master, int index, int localFlags, FileCapture capture) {
    try (KernelFile file = KernelFile.find(master.borrowed())) {
      if (file == null) {
        capture.warn(
            master.subject()
                + ": a line that was typed into the terminal and not ended, if there is one, is"
                + " lost; only BPF tells, which is not permitted here");
        return false;
      }
      if (!Rehearsal.of(capture.context())) {
        new TerminalQueue(master, capture, file).capture(file, index, localFlags);
      }
      return true;
    }
  }

  /** What a program would find, as far as calls tell. */
  static int waiting(Descriptor descriptor) {
    return Ioctl.getInt(descriptor.borrowed(), Ioctl.FIONREAD, "FIONREAD");
  }

  private void capture(KernelFile file, int index, int localFlags) {
    long tty = memory.pointer(file.privateData(), "tty_file_private", "tty");
    write(read(tty, Terminals.masterId(index), 0));
    write(read(memory.pointer(tty, "tty_struct", "link"), Terminals.slaveId(index), localFlags));
  }

  private void write(tty_data_entry data) {
    if (!data.getData().isEmpty() || data.getEndsOfFileCount() > 0) {
      capture.images().add(ImageType.TTY_DATA, data);
    }
  }

  private tty_data_entry read(long tty, int id, int localFlags) {
    long discipline = memory.pointer(tty, "tty_struct", "disc_data");
    byte[] beside = beside(tty, discipline);
    if (beside.length > 0 && (id & 1) == 0) {
      throw new UnsupportedException(
          master.subject(),
          "more was typed into the terminal than it takes in at a time, which is not carried"
              + WAY_OUT);
    }
    tty_data_entry.Builder data = tty_data_entry.newBuilder().setTtyId(id);
    ByteString.Output bytes = ByteString.newOutput();
    readTakenIn(discipline, (localFlags & Ioctl.ICANON) != 0, data, bytes);
    bytes.write(beside, 0, beside.length);
    return data.setData(bytes.toByteString()).build();
  }

  private void readTakenIn(
      long discipline, boolean lines, tty_data_entry.Builder data, ByteString.Output bytes) {
    int count = takenIn(discipline);
    if (count == 0) {
      return;
    }
    long begin = memory.pointer(discipline, "n_tty_data", "read_tail");
    byte[] ring = memory.bytes(discipline + types.offset("n_tty_data", "read_buf"), RING_BYTES);
    for (int i = 0; i < count; i++) {
      int place = (int) (begin + i) & (RING_BYTES - 1);
      boolean ends = lines && endsLine(discipline, place);
      if (ends && ring[place] == 0) {
        data.addEndsOfFile(bytes.size());
        continue;
      }
      if (ends) {
        data.addLineEnds(bytes.size());
      }
      bytes.write(ring[place]);
    }
  }

  private int takenIn(long discipline) {
    long end = memory.pointer(discipline, "n_tty_data", "read_head");
    return (int) (end - memory.pointer(discipline, "n_tty_data", "read_tail"));
  }

  private boolean endsLine(long discipline, int place) {
    long flags = discipline + types.offset("n_tty_data", "read_flags");
    long word = memory.readLong(flags + (long) (place / Long.SIZE) * Long.BYTES);
    return ((word >>> (place % Long.SIZE)) & 1) != 0;
  }

  /** A worker of the kernel empties it as long as there is room. */
  private byte[] beside(long tty, long discipline) {
    Poll.poll(master.borrowed(), Poll.POLLIN, 0);
    byte[] beside = beside(tty);
    for (int look = 0; look < LOOKS && beside.length > 0; look++) {
      if (takenIn(discipline) >= MOST_TAKEN_IN) {
        return beside;
      }
      LockSupport.parkNanos(LOOK_NANOS);
      beside = beside(tty);
    }
    return beside;
  }

  private byte[] beside(long tty) {
    long port = memory.pointer(tty, "tty_struct", "port");
    long head = port + types.offset("tty_port", "buf") + types.offset("tty_bufhead", "head");
    ByteString.Output bytes = ByteString.newOutput();
    for (long buffer = memory.readLong(head);
        buffer != 0;
        buffer = memory.pointer(buffer, "tty_buffer", "next")) {
      int begin = (int) memory.number(buffer, "tty_buffer", "read");
      int count = (int) memory.number(buffer, "tty_buffer", "used") - begin;
      if (count < 0 || count > MOST_BESIDE - bytes.size()) {
        throw new UnsupportedException(
            master.subject(), "its buffer in the kernel is not as is known of others" + WAY_OUT);
      }
      byte[] content = memory.bytes(buffer + types.offset("tty_buffer", "data") + begin, count);
      bytes.write(content, 0, count);
    }
    return bytes.toByteString().toByteArray();
  }
}
