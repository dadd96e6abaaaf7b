// SPDX-License-Identifier: Apache-2.0
package dev.torpor.inject;

import dev.torpor.linux.Futex;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.Mman;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;

/** A {@link Stage} in memory that Torpor and the tasks share. */
public final class RunningStage implements AutoCloseable {
  private final Stage stage;
  private final long base;
  private final int fd;
  private final long mapping;
  private final NativeMemory memory;

  /**
   * Writes a stage into a new memfd.
   *
   * @param base where the tasks will map it
   */
  public RunningStage(Stage stage, long base) {
    this.stage = stage;
    this.base = base;
    int length = Math.toIntExact(stage.totalBytes());
    fd = Memfd.memfdCreate("torpor", Memfd.MFD_CLOEXEC);
    Unistd.ftruncate(fd, length);
    mapping = Mman.mmap(0, length, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, fd, 0);
    memory = NativeMemory.ofAddress(mapping, length);
    stage.write(base, memory.buffer());
  }

  /** The layout. */
  public Stage layout() {
    return stage;
  }

  /** Where tasks have it mapped. */
  public long base() {
    return base;
  }

  /** The memfd. */
  public int fd() {
    return fd;
  }

  /** Sets a shared word and wakes who waits for it. */
  public void set(Word word, int value) {
    int at = Math.toIntExact(stage.wordOffset(word));
    memory.putInt(at, value);
    Futex.wake(memory.address(at), Integer.MAX_VALUE);
  }

  /** Whether a call of the program gave what it should not. */
  public boolean failed(Program program) {
    return memory.getLong(at(program) + ProgramLayout.FAILED) != 0;
  }

  /** Whether all steps are done. */
  public boolean isFinished(Program program) {
    return pc(program) >= program.ops().size();
  }

  /** The step that the program is at. */
  public Op currentOp(Program program) {
    return program.ops().get(pc(program));
  }

  private int pc(Program program) {
    return (int) memory.getLong(at(program) + ProgramLayout.PC);
  }

  /** The result of a step that was made. */
  public long result(Program program, Op op) {
    return memory.getLong(Math.toIntExact(stage.resultOffset(program, op)));
  }

  private int at(Program program) {
    return Math.toIntExact(stage.programOffset(program));
  }

  /**
   * Writes into the data of a program.
   *
   * @return the address where tasks see it
   */
  long write(Data place, byte[] content, int lengthBytes) {
    if (lengthBytes > place.lengthBytes()) {
      throw new IndexOutOfBoundsException(lengthBytes + " of " + place.lengthBytes() + " bytes");
    }
    long at = stage.dataOffset(place);
    memory.putBytes(Math.toIntExact(at), content, 0, lengthBytes);
    return base + at;
  }

  @Override
  public void close() {
    Mman.munmap(mapping, stage.totalBytes());
    Unistd.close(fd);
  }
}
