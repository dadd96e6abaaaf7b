// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.tty_data_entry;
import dev.torpor.image.proto.tty_info_entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes {@link CapturedFiles} to the image directory and back. */
public final class FileImages {
  private FileImages() {}

  /** Writes the images of all that was captured; one without entries is not made. */
  public static void write(CapturedFiles captured, ImageDirectory directory) throws IOException {
    write(directory, ImageType.FILES, captured.files());
    for (Map.Entry<Integer, List<fdinfo_entry>> table : captured.descriptors().entrySet()) {
      try (ImageWriter image = directory.write(ImageType.FDINFO, table.getKey())) {
        for (fdinfo_entry entry : table.getValue()) {
          image.write(entry);
        }
      }
    }
    writeWithPayload(directory, ImageType.PIPES_DATA, captured.pipeData());
    writeWithPayload(directory, ImageType.FIFO_DATA, captured.fifoData());
    writeWithPayload(directory, ImageType.SK_QUEUES, captured.packets());
    write(directory, ImageType.MEMFD_INODE, captured.memfds());
    write(directory, ImageType.TTY_INFO, captured.ttys());
    write(directory, ImageType.TTY_DATA, captured.ttyData());
  }

  private static void write(
      ImageDirectory directory, ImageType type, List<? extends Message> entries)
      throws IOException {
    try (ImageWriter image = directory.write(type)) {
      for (Message entry : entries) {
        image.write(entry);
      }
    }
  }

  private static <M extends Message> void writeWithPayload(
      ImageDirectory directory, ImageType type, List<WithPayload<M>> entries) throws IOException {
    try (ImageWriter image = directory.write(type)) {
      for (WithPayload<M> entry : entries) {
        image.write(entry.entry());
        image.payload(ByteBuffer.wrap(entry.payload()));
      }
    }
  }

  /**
   * Reads what {@link #write} or CRIU 4.2 wrote.
   *
   * @param filesIds {@code files_id} of all ids-PID.img; a task without descriptors has no
   *     fdinfo-ID.img
   */
  public static CapturedFiles read(ImageDirectory directory, Iterable<Integer> filesIds)
      throws IOException {
    CapturedFiles read = new CapturedFiles();
    readFiles(directory, read.files());
    for (int id : filesIds) {
      if (directory.has(ImageType.FDINFO, id) && !read.descriptors().containsKey(id)) {
        try (ImageReader image =
            ImageReader.open(directory.file(ImageType.FDINFO, id), ImageType.FDINFO)) {
          List<fdinfo_entry> table = image.rest(fdinfo_entry.parser());
          Set<Integer> numbers = new HashSet<>();
          for (fdinfo_entry entry : table) {
            once(numbers.add(entry.getFd()), image, "descriptor " + entry.getFd());
          }
          read.descriptors().put(id, table);
        }
      }
    }
    readPipes(directory, ImageType.PIPES_DATA, read.pipeData());
    readPipes(directory, ImageType.FIFO_DATA, read.fifoData());
    readPackets(directory, read.packets());
    read(directory, ImageType.MEMFD_INODE, memfd_inode_entry.parser(), read.memfds());
    read(directory, ImageType.TTY_INFO, tty_info_entry.parser(), read.ttys());
    read(directory, ImageType.TTY_DATA, tty_data_entry.parser(), read.ttyData());
    return read;
  }

  private static void readFiles(ImageDirectory directory, List<file_entry> files)
      throws IOException {
    if (!directory.has(ImageType.FILES)) {
      return;
    }
    try (ImageReader image = directory.read(ImageType.FILES)) {
      Set<Long> ids = new HashSet<>();
      while (image.hasNext()) {
        file_entry file = image.next(file_entry.parser());
        long key =
            ((long) file.getType().getNumber() << Integer.SIZE) | (file.getId() & 0xffffffffL);
        once(ids.add(key), image, "file " + file.getId());
        files.add(file);
      }
    }
  }

  private static void once(boolean isFirst, ImageReader image, String what) throws IOException {
    if (!isFirst) {
      throw new ImageException(
          ImageException.Problem.CONTRADICTION,
          image.name(),
          image.position(),
          what + " once",
          "a second entry for it",
          "restore from another copy");
    }
  }

  private static <M extends Message> void read(
      ImageDirectory directory, ImageType type, Parser<M> parser, List<M> entries)
      throws IOException {
    if (directory.has(type)) {
      try (ImageReader image = ImageReader.open(directory.file(type), type)) {
        entries.addAll(image.rest(parser));
      }
    }
  }

  private static void readPipes(
      ImageDirectory directory, ImageType type, List<WithPayload<pipe_data_entry>> entries)
      throws IOException {
    if (!directory.has(type)) {
      return;
    }
    try (ImageReader image = ImageReader.open(directory.file(type), type)) {
      while (image.hasNext()) {
        pipe_data_entry entry = image.next(pipe_data_entry.parser());
        entries.add(new WithPayload<>(entry, image.payload(entry.getBytes())));
      }
    }
  }

  private static void readPackets(
      ImageDirectory directory, List<WithPayload<sk_packet_entry>> entries) throws IOException {
    if (!directory.has(ImageType.SK_QUEUES)) {
      return;
    }
    try (ImageReader image =
        ImageReader.open(directory.file(ImageType.SK_QUEUES), ImageType.SK_QUEUES)) {
      while (image.hasNext()) {
        sk_packet_entry entry = image.next(sk_packet_entry.parser());
        entries.add(new WithPayload<>(entry, image.payload(entry.getLength())));
      }
    }
  }
}
