// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.torpor.image.ImageException.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one image, entry by entry.
 *
 * <p>Nothing is taken on trust: a length is compared with the size of the file before memory is set
 * aside for it, the head is checked before the first entry, and an entry is refused if it lacks a
 * required field or has one that CRIU 4.2 does not know, because restoring without it would restore
 * something else.
 *
 * <p>Not safe for use by several threads.
 */
public final class ImageReader implements Closeable {
  /** Size of a file that cannot be asked for it, such as a pipe. */
  public static final long UNKNOWN_SIZE = -1;

  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int WORD_BYTES = 4;

  /** Of an entry of some numbers. */
  private static final int SHORT_BYTES = 64;

  private static final String COPY_AGAIN = EntryParser.COPY_AGAIN;

  private final String name;
  private final ReadableByteChannel channel;
  private final long sizeBytes;
  private ByteBuffer buffer;
  private long bufferEndOffset;
  private ImageType type;
  private EntryParser entries;

  private ImageReader(String name, ReadableByteChannel channel, long sizeBytes) {
    this.name = name;
    this.channel = channel;
    this.sizeBytes = sizeBytes;
    int capacity =
        sizeBytes == UNKNOWN_SIZE ? BUFFER_BYTES : (int) Math.min(sizeBytes, BUFFER_BYTES);
    this.buffer = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  }

  /**
   * Opens an image and checks its head.
   *
   * @param type the kind it must be; raw kinds have no entries to read
   * @throws ImageException if the file does not exist, is too short or is of another kind
   */
  public static ImageReader open(Path file, ImageType type) throws IOException {
    Path fileName = file.getFileName();
    String name = fileName == null ? file.toString() : fileName.toString();
    FileChannel channel = ImageFile.open(file.toString());
    try {
      return of(name, channel, channel.size(), type);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Reads an image of a known kind from a channel, which the reader closes.
   *
   * @param name what messages call it
   * @param sizeBytes length of the image, or {@link #UNKNOWN_SIZE}
   */
  public static ImageReader of(
      String name, ReadableByteChannel channel, long sizeBytes, ImageType type) throws IOException {
    if (type.isRaw()) {
      throw new IllegalArgumentException(type + " images are raw data");
    }
    ImageReader reader = new ImageReader(name, channel, sizeBytes);
    reader.type = type;
    reader.entries = new EntryParser(reader.name, reader.type);
    reader.checkHead();
    return reader;
  }

  /**
   * Reads an image of any kind from a channel, which the reader closes. Kinds that share a magic
   * come as the first of them.
   *
   * @throws ImageException if no kind has this magic; raw data has none
   */
  public static ImageReader detect(String name, ReadableByteChannel channel, long sizeBytes)
      throws IOException {
    ImageReader reader = new ImageReader(name, channel, sizeBytes);
    reader.detectHead();
    return reader;
  }

  /** The kind of the image. */
  public ImageType type() {
    return type;
  }

  /** Name of the image in messages. */
  public String name() {
    return name;
  }

  /** Where the next entry or payload starts, in bytes from the start of the file. */
  public long position() {
    return bufferEndOffset - buffer.remaining();
  }

  /** Bytes behind the {@link #position}, of an image whose size is known. */
  public long remainingBytes() {
    if (sizeBytes == UNKNOWN_SIZE) {
      throw new IllegalStateException("the size of " + name + " is not known");
    }
    return sizeBytes - position();
  }

  /** Whether anything is left. */
  public boolean hasNext() throws IOException {
    return buffer.hasRemaining() || fill(1);
  }

  /**
   * The next entry.
   *
   * @throws ImageException if there is none, or it is not exactly such a message
   */
  public <M extends Message> M next(Parser<M> parser) throws IOException {
    return next(parser, null);
  }

  private <M extends Message> M next(Parser<M> parser, NumbersField apart) throws IOException {
    long start = position();
    if (!hasNext()) {
      throw new ImageException(
          Problem.MISSING_ENTRY, name, start, "an entry", "the end of the image", COPY_AGAIN);
    }
    int lengthBytes = entryLength(start);
    byte[] bytes = buffer.array();
    int at = buffer.arrayOffset() + buffer.position();
    M message =
        apart == null
            ? entries.parse(parser, start, bytes, at, lengthBytes)
            : entries.parseApart(parser, apart, start, bytes, at, lengthBytes);
    buffer.position(buffer.position() + lengthBytes);
    return message;
  }

  /**
   * The next entry, if it is a short one of nothing but numbers, each at most once: of such an
   * image may have hundreds of thousands. If it is not, or damaged, nothing is read, and {@link
   * #next} tells what it is.
   *
   * @param values gets those that are there, by the numbers of their fields; others stay
   * @param required which must be there, as in the result
   * @return which are there, bit N for field N; 0 if the entry is to be read as a message
   */
  public int numbers(long[] values, int required) throws IOException {
    if (buffer.remaining() < WORD_BYTES && !fill(WORD_BYTES)) {
      return 0;
    }
    int lengthBytes = buffer.getInt(buffer.position());
    if (lengthBytes <= 0 || lengthBytes > SHORT_BYTES) {
      return 0;
    }
    int wholeBytes = WORD_BYTES + lengthBytes;
    if (buffer.remaining() < wholeBytes && !fill(wholeBytes)) {
      return 0;
    }
    int end = buffer.position() + wholeBytes;
    int present = EntryParser.numbers(buffer.array(), buffer.position() + WORD_BYTES, end, values);
    if (present == 0 || (present & required) != required) {
      return 0;
    }
    buffer.position(end);
    return present;
  }

  /** The one entry of the image; anything more is refused. */
  public <M extends Message> M only(Parser<M> parser) throws IOException {
    M message = next(parser);
    requireEnd();
    return message;
  }

  /**
   * As {@link #only}, without a field whose elements are handed over as numbers.
   *
   * @return null if an element is not of numbers alone, each at most once: then the whole entry is
   *     to be read by another reader
   */
  public <M extends Message> M onlyApart(Parser<M> parser, NumbersField field) throws IOException {
    M message = next(parser, field);
    if (message != null) {
      requireEnd();
    }
    return message;
  }

  /** All entries that are left, in order. */
  public <M extends Message> List<M> rest(Parser<M> parser) throws IOException {
    List<M> entries = new ArrayList<>();
    while (hasNext()) {
      entries.add(next(parser));
    }
    return entries;
  }

  /** Refuses anything after what has been read. */
  public void requireEnd() throws IOException {
    if (hasNext()) {
      String found = sizeBytes == UNKNOWN_SIZE ? "more" : (sizeBytes - position()) + " bytes more";
      throw new ImageException(
          Problem.TRAILING_BYTES, name, position(), "the end of the image", found, COPY_AGAIN);
    }
  }

  /**
   * The payload after an entry, whole. For large ones use {@link #payload(ByteBuffer)}.
   *
   * @param lengthBytes as the entry says
   */
  public byte[] payload(int lengthBytes) throws IOException {
    requireAvailable(lengthBytes, "payload");
    if (sizeBytes == UNKNOWN_SIZE) {
      need(lengthBytes, "payload");
    }
    byte[] bytes = new byte[lengthBytes];
    payload(ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Fills the buffer up to its limit from the payload after an entry. */
  public void payload(ByteBuffer target) throws IOException {
    requireAvailable(target.remaining(), "payload");
    payloadToEnd(target);
    if (target.hasRemaining()) {
      throw truncated(target.remaining(), 0, "payload");
    }
  }

  /** Fills the buffer from what is left of the image; less than full only at its end. */
  public void payloadToEnd(ByteBuffer target) throws IOException {
    while (target.hasRemaining() && hasNext()) {
      int bytes = Math.min(buffer.remaining(), target.remaining());
      int limit = buffer.limit();
      target.put(buffer.limit(buffer.position() + bytes));
      buffer.limit(limit);
    }
  }

  /**
   * Refuses a payload that is longer than what is left of the image, where that is known.
   *
   * @param lengthBytes as an unsigned number
   */
  public void requirePayload(long lengthBytes) throws ImageException {
    requireAvailable(lengthBytes, "payload");
  }

  /** Steps over a payload or its padding. */
  public void skip(long lengthBytes) throws IOException {
    requireAvailable(lengthBytes, "payload");
    long left = lengthBytes;
    while (left != 0) {
      need(1, "payload");
      long chunk = Long.compareUnsigned(left, Integer.MAX_VALUE) < 0 ? left : Integer.MAX_VALUE;
      int bytes = (int) Math.min(buffer.remaining(), chunk);
      buffer.position(buffer.position() + bytes);
      left -= bytes;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void checkHead() throws IOException {
    if (type.head() != ImageType.Head.BARE) {
      int expected =
          type.head() == ImageType.Head.SERVICE ? ImageType.SERVICE_MAGIC : ImageType.COMMON_MAGIC;
      int first = word("magic");
      if (first == type.magic()) {
        throw noHead(first, "the magic of an image of before CRIU 2.0");
      }
      if (first != expected) {
        throw wrongMagic(0, expected, first);
      }
    }
    long start = position();
    int magic = word("magic");
    if (magic != type.magic()) {
      throw wrongMagic(start, type.magic(), magic);
    }
  }

  private void detectHead() throws IOException {
    int first = word("magic");
    ImageType.Head head = headOf(first);
    int magic = head == ImageType.Head.BARE ? first : word("magic");
    type = ImageType.ofMagic(magic);
    entries = new EntryParser(name, type);
    if (type == null) {
      throw noHead(magic, "a word no image starts with, so perhaps raw data");
    }
    if (type.head() != head) {
      throw noHead(first, "the wrong first word for an image of " + type.magicName());
    }
  }

  private static ImageType.Head headOf(int first) {
    return switch (first) {
      case ImageType.COMMON_MAGIC -> ImageType.Head.COMMON;
      case ImageType.SERVICE_MAGIC -> ImageType.Head.SERVICE;
      default -> ImageType.Head.BARE;
    };
  }

  private ImageException noHead(int magic, String why) {
    return new ImageException(
        Problem.NO_HEAD,
        name,
        0,
        "the head of an image of CRIU 2.0 or newer",
        hex(magic) + ", " + why,
        "give an image with entries");
  }

  private ImageException wrongMagic(long offset, int expected, int actual) {
    ImageType other = ImageType.ofMagic(actual);
    return new ImageException(
        Problem.WRONG_MAGIC,
        name,
        offset,
        hex(expected) + " of an image of " + type.magicName(),
        hex(actual) + (other == null ? "" : " of an image of " + other.magicName()),
        COPY_AGAIN);
  }

  private int entryLength(long start) throws IOException {
    int lengthBytes = word("length of an entry");
    if (lengthBytes < 0) {
      throw new ImageException(
          Problem.ENTRY_TOO_LONG,
          name,
          start,
          "an entry of at most " + Integer.MAX_VALUE + " bytes",
          Integer.toUnsignedString(lengthBytes),
          COPY_AGAIN);
    }
    requireAvailable(lengthBytes, "entry");
    need(lengthBytes, "entry");
    return lengthBytes;
  }

  private int word(String what) throws IOException {
    need(WORD_BYTES, what);
    return buffer.getInt();
  }

  private void requireAvailable(long lengthBytes, String what) throws ImageException {
    if (sizeBytes != UNKNOWN_SIZE
        && Long.compareUnsigned(lengthBytes, sizeBytes - position()) > 0) {
      throw truncated(lengthBytes, sizeBytes - position(), what);
    }
  }

  private void need(int bytes, String what) throws IOException {
    if (buffer.remaining() < bytes && !fill(bytes)) {
      throw truncated(bytes, buffer.remaining(), what);
    }
  }

  private ImageException truncated(long expectedBytes, long actualBytes, String what) {
    return new ImageException(
        Problem.TRUNCATED,
        name,
        position(),
        Long.toUnsignedString(expectedBytes) + " bytes of " + what,
        "the end of the image after " + actualBytes,
        COPY_AGAIN);
  }

  /** Reads until so many bytes are in the buffer; false at the end of the file. */
  private boolean fill(int bytes) throws IOException {
    while (buffer.remaining() < bytes) {
      makeRoom(bytes);
      int position = buffer.position();
      int end = buffer.limit();
      buffer.limit(buffer.capacity()).position(end);
      int count = channel.read(buffer);
      buffer.limit(count < 0 ? end : end + count).position(position);
      if (count < 0) {
        return false;
      }
      bufferEndOffset += count;
    }
    return true;
  }

  private void makeRoom(int bytes) {
    if (buffer.position() > 0) {
      buffer.compact().flip();
    }
    // Grown by doubling, so that a wrong length in a pipe costs no more than what really arrives.
    if (buffer.limit() == buffer.capacity()) {
      int wanted = (int) Math.min(bytes, Math.max(2L * buffer.capacity(), BUFFER_BYTES));
      ByteBuffer larger = ByteBuffer.allocate(Math.max(wanted, buffer.capacity() + 1));
      buffer = larger.order(ByteOrder.LITTLE_ENDIAN).put(buffer).flip();
    }
  }

  private static String hex(int word) {
    return "0x" + Integer.toHexString(word);
  }
}
