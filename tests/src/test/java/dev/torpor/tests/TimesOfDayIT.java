// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.posix_timer_entry;
import dev.torpor.image.proto.task_timers_entry;
import dev.torpor.image.proto.timerfd_entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Timers that were set to a time of day while their tree was away until long after it. */
class TimesOfDayIT {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** As if the dump had been ten intervals earlier. */
  @Test
  void overdueTimersExpireAtOnce() throws IOException {
    try (Running running = new Running(StatusFileSubject.object("times_of_day"))) {
      assertThat(running.state()).isEqualTo("state=[]");
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      // It knows the lengths of images.
      Files.delete(running.images.resolve("torpor.manifest"));
      long earlier = Instant.now().getEpochSecond() - 10;
      change(
          running,
          "core-" + running.root,
          ImageType.CORE,
          core_entry.parser(),
          core -> {
            core_entry.Builder changed = core.toBuilder();
            task_timers_entry.Builder timers = changed.getTcBuilder().getTimersBuilder();
            assertThat(timers.getPosixBuilderList())
                .extracting(posix_timer_entry.Builder::hasExpiryNs)
                .containsExactly(true, false);
            timers.getPosixBuilder(0).setExpiryNs(earlier * NANOS_PER_SECOND);
            return changed.build();
          });
      change(
          running,
          "files",
          ImageType.FILES,
          file_entry.parser(),
          file -> {
            if (!file.hasTfd()) {
              return file;
            }
            timerfd_entry.Builder timer = file.getTfd().toBuilder();
            // Of the second, which ticked long ago, one that is due each five seconds.
            boolean unread = timer.getTicks() != 0;
            timer.setTicks(unread ? 7 : 0).setIsec(unread ? 1000 : 1);
            return file.toBuilder().setTfd(timer.setExpiryNs(earlier * NANOS_PER_SECOND)).build();
          });
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      Files.createFile(running.directory.resolve("take"));
      // Seven that it had not read, and one since.
      Wait.until(
          "they have expired",
          () -> running.state().equals("state=[('fd', True), ('timer', True), ('unread', 8)]"));
      running.awaitProgress(running.progress(), 3);
    }
  }

  private static <M extends Message> void change(
      Running running, String name, ImageType type, Parser<M> parser, UnaryOperator<M> change)
      throws IOException {
    Path file = running.images.resolve(name + ".img");
    List<M> entries;
    try (ImageReader reader = ImageReader.open(file, type)) {
      entries = reader.rest(parser);
    }
    try (ImageWriter writer = ImageWriter.create(file, type)) {
      for (M entry : entries) {
        writer.write(change.apply(entry));
      }
    }
  }
}
