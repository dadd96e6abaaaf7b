// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import dev.torpor.image.ImageException;
import dev.torpor.image.ImageReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;

/**
 * Images as JSON, character for character as {@code crit} of CRIU 4.2 writes them.
 *
 * <pre>
 *   {"magic": "FDINFO", "entries": [{"id": 1, "flags": 0, "type": "TTY", "fd": 0}, ...]}
 * </pre>
 *
 * <p>Fields stand in the order of their numbers; bytes are base64; payloads are the member {@code
 * extra}. In the pretty form numbers are shown as what they mean (addresses, flags, devices,
 * states). Encoding reads both forms and gives back the bytes of the image.
 *
 * <p>Beyond crit: {@code pidfd.img}, {@code binfmt-misc.img} and pending signals of old checkpoints
 * are understood; what crit drops silently (unknown fields, members that belong nowhere, payloads
 * of a length other than announced) is refused.
 */
public final class ImageJson {
  private ImageJson() {}

  /**
   * Writes an image as JSON, without a line feed at the end.
   *
   * @param in the image, from its first byte
   * @param pretty {@code crit show}: for people, with line breaks; else {@code crit decode}: one
   *     line, numbers as they are
   * @throws ImageException if it is not an image of CRIU 2.0 to 4.2; raw data is none
   */
  public static void decode(InputStream in, Writer out, boolean pretty) throws IOException {
    decode("image", Channels.newChannel(in), ImageReader.UNKNOWN_SIZE, out, pretty, true);
  }

  /**
   * Writes an image as JSON, without a line feed at the end.
   *
   * @param name what messages call the image
   * @param in the image; closed afterwards
   * @param sizeBytes its length, or {@link ImageReader#UNKNOWN_SIZE}
   * @param withPayload false shows only the size of payloads, {@code crit show --nopl}
   * @throws ImageException if it is not an image of CRIU 2.0 to 4.2; raw data is none
   */
  public static void decode(
      String name,
      ReadableByteChannel in,
      long sizeBytes,
      Writer out,
      boolean pretty,
      boolean withPayload)
      throws IOException {
    try (ImageReader image = ImageReader.detect(name, in, sizeBytes)) {
      new ImageDecoder(image, out, pretty, withPayload).decode();
    }
    out.flush();
  }

  /**
   * Writes which kind an image is and how many entries it has, as {@code crit info} does, without a
   * line feed at the end.
   *
   * @param name what messages call the image
   * @param in the image; closed afterwards
   * @param sizeBytes its length, or {@link ImageReader#UNKNOWN_SIZE}
   * @throws ImageException if it is not an image of CRIU 2.0 to 4.2; raw data is none
   */
  public static void info(String name, ReadableByteChannel in, long sizeBytes, Writer out)
      throws IOException {
    try (ImageReader image = ImageReader.detect(name, in, sizeBytes)) {
      JsonText json = new JsonText(out, true);
      json.beginObject();
      json.name("magic");
      json.string(image.type().magicName());
      json.name("count");
      json.literal(Long.toString(new EntryCount(image).count()));
      json.endObject();
    }
    out.flush();
  }

  /**
   * Writes the image that JSON describes.
   *
   * @param in what {@link #decode} wrote, in either form, possibly edited
   * @throws ImageException if it does not describe an image, naming the place
   */
  public static void encode(Reader in, OutputStream out) throws IOException {
    StringWriter text = new StringWriter();
    in.transferTo(text);
    new ImageEncoder(text.toString()).encode(Channels.newChannel(out));
    out.flush();
  }
}
