// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The images of one checkpoint by kind and number, wherever they are: {@link CapturedImages} are in
 * the making, {@link DirectoryImages} are read. A plan is made from either, so it is the same.
 *
 * <p>A kind that is not numbered has the number {@link #ONLY}. Entries are given as unmodifiable
 * lists, and the same list when they are asked for again.
 */
public interface ImageStore {
  /** The number of the one image of a kind that is not numbered. */
  long ONLY = 0;

  /** Whether there is an image of a kind with this number. */
  boolean has(ImageType type, long id);

  /** Whether there is the one image of a kind. CRIU writes no file when it has nothing to say. */
  default boolean has(ImageType type) {
    return has(type, ONLY);
  }

  /**
   * All entries of an image.
   *
   * @return empty if there is no such image
   * @throws ImageException if it is damaged
   */
  <M extends Message> List<M> entries(ImageType type, long id, Parser<M> parser);

  /** All entries of the one image of a kind, as {@link #entries(ImageType, long, Parser)}. */
  default <M extends Message> List<M> entries(ImageType type, Parser<M> parser) {
    return entries(type, ONLY, parser);
  }

  /**
   * All entries of an image that must be there.
   *
   * @throws ImageException if it is not, or is damaged
   */
  default <M extends Message> List<M> required(ImageType type, long id, Parser<M> parser) {
    if (!has(type, id)) {
      throw ImageException.missing(file(type, id), type);
    }
    return entries(type, id, parser);
  }

  /** Reads the bytes behind an entry, which stand next in an image. */
  @FunctionalInterface
  interface PayloadReader<M> {
    byte[] read(M entry, ImageReader image) throws IOException;
  }

  /**
   * All entries of an image with the bytes that stand behind each.
   *
   * @param payloadBytes tells how many, from the entry
   * @return empty if there is no such image
   * @throws ImageException if it is damaged
   */
  default <M extends Message> List<WithPayload<M>> withPayload(
      ImageType type, long id, Parser<M> parser, ToIntFunction<M> payloadBytes) {
    return withPayload(
        type, id, parser, (entry, image) -> image.payload(payloadBytes.applyAsInt(entry)));
  }

  /** The same of entries that do not tell how many bytes they have. */
  <M extends Message> List<WithPayload<M>> withPayload(
      ImageType type, long id, Parser<M> parser, PayloadReader<M> payload);

  /** The same of the one image of a kind. */
  default <M extends Message> List<WithPayload<M>> withPayload(
      ImageType type, Parser<M> parser, ToIntFunction<M> payloadBytes) {
    return withPayload(type, ONLY, parser, payloadBytes);
  }

  /**
   * The one entry of the image of a kind with this number.
   *
   * @throws ImageException if there is no such image, or not exactly one entry in it
   */
  <M extends Message> M only(ImageType type, long id, Parser<M> parser);

  /** The one entry of the one image of a kind, as {@link #only(ImageType, long, Parser)}. */
  default <M extends Message> M only(ImageType type, Parser<M> parser) {
    return only(type, ONLY, parser);
  }

  /**
   * The same as {@link #only}, but for a field whose elements are handed over as numbers instead.
   *
   * @return null if these images can be read as messages only; what the field's sink got is void
   * @throws ImageException as {@link #only} does
   */
  default <M extends Message> M apart(
      ImageType type, long id, Parser<M> parser, NumbersField field) {
    return null;
  }

  /** The one entry of an image, or null if there is no such image. */
  default <M extends Message> M optional(ImageType type, long id, Parser<M> parser) {
    return has(type, id) ? only(type, id, parser) : null;
  }

  /** Numbers of the images of a kind; {@link #ONLY} for one that is not numbered. */
  List<Long> ids(ImageType type);

  /**
   * Opens an image for reading: a pagemap, whose first entry is of another kind than the others.
   */
  ImageReader read(ImageType type, long id) throws IOException;

  /** Opens an image for reading its bytes as they are. */
  FileChannel readRaw(ImageType type, long id) throws IOException;

  /**
   * All bytes of an image that is small: some lines of text, or some messages.
   *
   * @param mostBytes what such an image has at most
   * @return none if there is no such image
   * @throws ImageException if it is longer
   */
  default byte[] bytes(ImageType type, long id, int mostBytes) {
    if (!has(type, id)) {
      return new byte[0];
    }
    try (FileChannel file = readRaw(type, id)) {
      if (file.size() > mostBytes) {
        throw ImageException.tooLong(file(type, id), mostBytes, file.size());
      }
      ByteBuffer content = ByteBuffer.allocate((int) file.size());
      while (content.hasRemaining() && file.read(content) >= 0) {}
      return Arrays.copyOf(content.array(), content.position());
    } catch (IOException e) {
      throw ImageException.unreadable(file(type, id), e);
    }
  }

  /** Where the image is, or will be. */
  Path file(ImageType type, long id);
}
