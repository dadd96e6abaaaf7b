// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.rseq_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.thread_sas_entry;
import org.junit.jupiter.api.Test;

/** The same bytes as protobuf's, in whichever order fields are set. */
class EntryFieldsTest {
  private final EntryFields fields = new EntryFields(thread_core_entry.CG_SET_FIELD_NUMBER);

  @Test
  void fieldsComeInTheOrderOfTheirNumbers() {
    rseq_entry rseq =
        rseq_entry
            .newBuilder()
            .setRseqAbiPointer(0x7f0000001000L)
            .setRseqAbiSize(32)
            .setSignature(0x53053053)
            .build();
    FieldWriter stack =
        new FieldWriter(0)
            .number(thread_sas_entry.SS_SP_FIELD_NUMBER, 1L)
            .number(thread_sas_entry.SS_SIZE_FIELD_NUMBER, -1L)
            .number(thread_sas_entry.SS_FLAGS_FIELD_NUMBER, 2);
    fields
        .embedded(thread_core_entry.RSEQ_ENTRY_FIELD_NUMBER, rseq)
        .bytes(thread_core_entry.COMM_FIELD_NUMBER, new byte[] {'a', (byte) 0xe9})
        .embedded(thread_core_entry.SAS_FIELD_NUMBER, stack)
        .number(thread_core_entry.FUTEX_RLA_LEN_FIELD_NUMBER, -1)
        .number(thread_core_entry.FUTEX_RLA_FIELD_NUMBER, -1L);
    assertThat(fields.serialised().toByteArray())
        .isEqualTo(
            thread_core_entry
                .newBuilder()
                .setFutexRla(-1)
                .setFutexRlaLen(-1)
                .setSas(thread_sas_entry.newBuilder().setSsSp(1).setSsSize(-1).setSsFlags(2))
                .setCommBytes(ByteString.copyFrom(new byte[] {'a', (byte) 0xe9}))
                .setRseqEntry(rseq)
                .build()
                .toByteArray());
  }

  @Test
  void signedNumbers() {
    for (int nice : new int[] {-20, -1, 0, 1, 19, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      fields.signed(thread_core_entry.SCHED_NICE_FIELD_NUMBER, nice);
      assertThat(fields.serialised().toByteArray())
          .isEqualTo(
              thread_core_entry.newBuilder().setSchedNice(nice).buildPartial().toByteArray());
    }
  }

  @Test
  void anEntryHasNoFieldsBeyondItsHighest() {
    assertThatThrownBy(() -> fields.number(thread_core_entry.CG_SET_FIELD_NUMBER + 1, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
