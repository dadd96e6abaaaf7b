// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.seccomp_mode;
import dev.torpor.image.proto.thread_core_entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Program that writes one image and reads it, to be looked at from outside. */
final class WriteAndRead {
  private WriteAndRead() {}

  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("torpor");
    ImageDirectory images = ImageDirectory.at(directory);
    core_entry core =
        core_entry
            .newBuilder()
            .setMtype(core_entry.march.X86_64)
            .setThreadCore(
                thread_core_entry
                    .newBuilder()
                    .setFutexRla(0)
                    .setFutexRlaLen(0)
                    .setSeccompMode(seccomp_mode.disabled))
            .build();
    try (ImageWriter writer = images.write(ImageType.CORE, 1)) {
      writer.write(core);
    }
    try (ImageReader reader = images.read(ImageType.CORE, 1)) {
      reader.only(core_entry.parser());
    }
    Files.delete(images.file(ImageType.CORE, 1));
    Files.delete(directory);
  }
}
