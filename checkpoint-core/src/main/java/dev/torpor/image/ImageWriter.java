// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.torpor.linux.OutputFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Writes one image, entry by entry.
 *
 * <p>As with CRIU, the file appears with its first entry, mode 0600, and an image that got no entry
 * leaves no file: what an earlier dump left under that name is removed. Nothing is synced; the
 * caller writes {@code inventory.img} last.
 *
 * <p>Not safe for use by several threads.
 */
public final class ImageWriter implements Closeable {
  private static final Set<OpenOption> OPTIONS =
      Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(
          EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));

  private static final int OWNER_ONLY_MODE = 0600;
  private static final int BUFFER_BYTES = 4 * 1024;
  private static final int WORD_BYTES = 4;

  /** Two magics, and the length of an entry. */
  private static final int HEAD_BYTES = 3 * WORD_BYTES;

  private final ImageType type;
  private final String file;
  private WritableByteChannel channel;
  private byte[] buffer;
  private int buffered;
  private boolean started;
  private long flushedBytes;

  private ImageWriter(ImageType type, String file, WritableByteChannel channel) {
    if (type.isRaw()) {
      throw new IllegalArgumentException(type + " images are raw data");
    }
    this.type = type;
    this.file = file;
    this.channel = channel;
  }

  /** Will create or replace the file with the first entry. */
  public static ImageWriter create(Path file, ImageType type) {
    return create(file.toString(), type);
  }

  /** As {@link #create(Path, ImageType)}. */
  static ImageWriter create(String file, ImageType type) {
    return new ImageWriter(type, file, null);
  }

  /** Writes to a channel, which the writer closes; the head comes even without entries. */
  public static ImageWriter of(WritableByteChannel channel, ImageType type) throws IOException {
    ImageWriter writer = new ImageWriter(type, null, channel);
    writer.start(0);
    return writer;
  }

  /** The kind of the image. */
  public ImageType type() {
    return type;
  }

  /** Has the image made even if no entry comes. */
  public void begin() throws IOException {
    start(0);
  }

  /**
   * Appends an entry.
   *
   * @throws IllegalArgumentException if a required field is not set
   */
  public void write(Message message) throws IOException {
    if (!message.isInitialized()) {
      throw new IllegalArgumentException(
          message.getDescriptorForType().getName()
              + " lacks "
              + message.getInitializationErrorString());
    }
    int lengthBytes = message.getSerializedSize();
    start(lengthBytes);
    makeRoom(WORD_BYTES + lengthBytes);
    word(lengthBytes);
    CodedOutputStream output = CodedOutputStream.newInstance(buffer, buffered, lengthBytes);
    message.writeTo(output);
    output.checkNoSpaceLeft();
    buffered += lengthBytes;
  }

  /** Appends an entry that is serialised already. */
  public void write(FieldWriter entry) throws IOException {
    start(entry.lengthBytes());
    makeRoom(WORD_BYTES + entry.lengthBytes());
    word(entry.lengthBytes());
    System.arraycopy(entry.array(), 0, buffer, buffered, entry.lengthBytes());
    buffered += entry.lengthBytes();
  }

  /** Appends what is left in the buffer: the payload of the entry written last. */
  public void payload(ByteBuffer bytes) throws IOException {
    start(0);
    int lengthBytes = bytes.remaining();
    if (lengthBytes <= buffer.length - buffered) {
      bytes.get(buffer, buffered, lengthBytes);
      buffered += lengthBytes;
      return;
    }
    flush();
    while (bytes.hasRemaining()) {
      flushedBytes += channel.write(bytes);
    }
  }

  /** Appends zeros. */
  public void pad(int lengthBytes) throws IOException {
    payload(ByteBuffer.wrap(new byte[lengthBytes]));
  }

  /** Length of the image so far, in bytes. */
  public long position() {
    return flushedBytes + buffered;
  }

  /** Hands what was written so far to the kernel. */
  public void flush() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, buffered);
    while (bytes.hasRemaining()) {
      flushedBytes += channel.write(bytes);
    }
    buffered = 0;
  }

  /** Flushes and closes the image; removes a file of that name if there was no entry. */
  @Override
  public void close() throws IOException {
    if (!started) {
      Files.deleteIfExists(Path.of(file));
      return;
    }
    WritableByteChannel open = channel;
    if (open.isOpen()) {
      try (open) {
        flush();
      }
    }
  }

  /** With room for the head and an entry at least, so that a file of one entry is one write. */
  private void start(int entryBytes) throws IOException {
    if (started) {
      return;
    }
    buffer = new byte[Math.max(BUFFER_BYTES, HEAD_BYTES + entryBytes)];
    if (channel == null) {
      channel = OutputFile.create(file, OWNER_ONLY_MODE);
    }
    started = true;
    if (type.head() != ImageType.Head.BARE) {
      word(
          type.head() == ImageType.Head.SERVICE ? ImageType.SERVICE_MAGIC : ImageType.COMMON_MAGIC);
    }
    word(type.magic());
  }

  /** Appends 32 bits, little-endian as CRIU's images are. */
  private void word(int value) {
    for (int i = 0; i < WORD_BYTES; i++) {
      buffer[buffered++] = (byte) (value >>> (i * Byte.SIZE));
    }
  }

  /**
   * Creates a file, mode 0600; one of that name must not be there.
   *
   * @return open for writing, at its start
   */
  public static FileChannel createFile(Path file) throws IOException {
    return FileChannel.open(file, OPTIONS, OWNER_ONLY);
  }

  /** The same, to be read too. */
  static FileChannel createReadable(Path file) throws IOException {
    EnumSet<StandardOpenOption> options = EnumSet.of(StandardOpenOption.READ);
    options.add(StandardOpenOption.WRITE);
    options.add(StandardOpenOption.CREATE_NEW);
    return FileChannel.open(file, options, OWNER_ONLY);
  }

  private void makeRoom(int bytes) throws IOException {
    if (bytes <= buffer.length - buffered) {
      return;
    }
    flush();
    if (bytes > buffer.length) {
      buffer = new byte[bytes];
    }
  }
}
