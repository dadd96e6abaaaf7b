// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.NumbersField;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import java.util.ArrayList;
import java.util.List;

/**
 * What mm-PID.img has.
 *
 * @param mm all but the mappings, which it may have or not
 * @param vmas the mappings, and behind them the guard regions
 */
record MmImage(mm_entry mm, List<Vma> vmas) {
  private static final int REQUIRED =
      1 << vma_entry.START_FIELD_NUMBER
          | 1 << vma_entry.END_FIELD_NUMBER
          | 1 << vma_entry.PGOFF_FIELD_NUMBER
          | 1 << vma_entry.SHMID_FIELD_NUMBER
          | 1 << vma_entry.PROT_FIELD_NUMBER
          | 1 << vma_entry.FLAGS_FIELD_NUMBER
          | 1 << vma_entry.STATUS_FIELD_NUMBER
          | 1 << vma_entry.FD_FIELD_NUMBER;

  /** Of a message that has all. */
  static MmImage of(mm_entry mm) {
    List<Vma> vmas = new ArrayList<>(mm.getVmasCount());
    for (vma_entry vma : mm.getVmasList()) {
      vmas.add(Vma.of(vma));
    }
    return new MmImage(mm, vmas);
  }

  /**
   * Reads that of a task.
   *
   * @throws dev.torpor.image.ImageException if there is none, or it is damaged
   */
  static MmImage read(ImageStore images, int pid) {
    List<Vma> vmas = new ArrayList<>();
    NumbersField mappings =
        new NumbersField(
            mm_entry.VMAS_FIELD_NUMBER,
            vma_entry.FDFLAGS_FIELD_NUMBER,
            REQUIRED,
            (values, present) -> vmas.add(vma(values, present)));
    mm_entry mm = images.apart(ImageType.MM, pid, mm_entry.parser(), mappings);
    return mm == null
        ? of(images.only(ImageType.MM, pid, mm_entry.parser()))
        : new MmImage(mm, vmas);
  }

  private static Vma vma(long[] values, int present) {
    boolean hasAdvice = (present >> vma_entry.MADV_FIELD_NUMBER & 1) != 0;
    boolean hasFdflags = (present >> vma_entry.FDFLAGS_FIELD_NUMBER & 1) != 0;
    return new Vma(
        values[vma_entry.START_FIELD_NUMBER],
        values[vma_entry.END_FIELD_NUMBER],
        values[vma_entry.PGOFF_FIELD_NUMBER],
        values[vma_entry.SHMID_FIELD_NUMBER],
        (int) values[vma_entry.PROT_FIELD_NUMBER],
        (int) values[vma_entry.FLAGS_FIELD_NUMBER],
        (int) values[vma_entry.STATUS_FIELD_NUMBER],
        hasAdvice ? values[vma_entry.MADV_FIELD_NUMBER] : 0,
        hasFdflags ? (int) values[vma_entry.FDFLAGS_FIELD_NUMBER] : 0);
  }
}
