// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.siginfo_entry;
import dev.torpor.image.proto.signal_queue_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.image.proto.thread_sas_entry;
import org.junit.jupiter.api.Test;

/** The same bytes as protobuf's, for the messages of CRIU's format. */
class FieldWriterTest {
  @Test
  void numbers() {
    for (long value : new long[] {0, 1, 127, 128, 16383, 16384, Long.MAX_VALUE, -1}) {
      thread_sas_entry message =
          thread_sas_entry
              .newBuilder()
              .setSsSp(value)
              .setSsSize(~value)
              .setSsFlags((int) value)
              .build();
      assertThat(
              new FieldWriter(0)
                  .number(thread_sas_entry.SS_SP_FIELD_NUMBER, value)
                  .number(thread_sas_entry.SS_SIZE_FIELD_NUMBER, ~value)
                  .number(thread_sas_entry.SS_FLAGS_FIELD_NUMBER, (int) value)
                  .toByteArray())
          .isEqualTo(message.toByteArray());
    }
  }

  @Test
  void embeddedMessagesOfAnyLength() {
    for (int length : new int[] {0, 1, 127, 128, 5000}) {
      thread_core_entry message =
          thread_core_entry
              .newBuilder()
              .setSas(thread_sas_entry.newBuilder().setSsSp(1).setSsSize(2).setSsFlags(3))
              .setSignalsP(
                  signal_queue_entry
                      .newBuilder()
                      .addSignals(
                          siginfo_entry
                              .newBuilder()
                              .setSiginfo(ByteString.copyFrom(new byte[length]))))
              .buildPartial();
      FieldWriter stack =
          new FieldWriter(0)
              .number(thread_sas_entry.SS_SP_FIELD_NUMBER, 1L)
              .number(thread_sas_entry.SS_SIZE_FIELD_NUMBER, 2L)
              .number(thread_sas_entry.SS_FLAGS_FIELD_NUMBER, 3);
      FieldWriter signals =
          new FieldWriter(1)
              .embedded(thread_core_entry.SIGNALS_P_FIELD_NUMBER, message.getSignalsP());
      assertThat(
              new FieldWriter(0)
                  .embedded(thread_core_entry.SAS_FIELD_NUMBER, stack)
                  .fields(signals)
                  .toByteArray())
          .isEqualTo(message.toByteArray());
    }
  }
}
