// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;

/**
 * Images in the making: whoever captures an object adds its entries here, under the kind of image
 * that they belong to. What is large goes to the directory at once and is not kept: pages,
 * pagemaps, the contents of file systems. Not safe for use by several threads.
 */
public final class CapturedImages implements ImageStore {
  private static final class Image {
    private final ImageType type;
    private final long id;

    /** Messages, {@link WithPayload}, {@link Serialised}. */
    private final List<Object> entries = new ArrayList<>();

    Image(ImageType type, long id) {
      this.type = type;
      this.id = id;
    }
  }

  private final ImageDirectory directory;
  private final Map<String, Image> images = new LinkedHashMap<>();

  /** Many entries in a row are of one image. */
  private Image latest;

  private final Set<String> streamed = ConcurrentHashMap.newKeySet();

  /** Nothing is captured yet. */
  public CapturedImages(ImageDirectory directory) {
    this.directory = directory;
  }

  private List<Object> image(ImageType type, long id) {
    if (latest == null || latest.type != type || latest.id != id) {
      latest = images.computeIfAbsent(ImageDirectory.name(type, id), name -> new Image(type, id));
    }
    return latest.entries;
  }

  /** Adds an entry to the one image of a kind. */
  public void add(ImageType type, Message entry) {
    image(type, ONLY).add(entry);
  }

  /** Adds an entry to the image of a kind with this number. */
  public void add(ImageType type, long id, Message entry) {
    image(type, id).add(entry);
  }

  /** Adds an entry that is serialised already. */
  public void add(ImageType type, long id, Serialised entry) {
    image(type, id).add(entry);
  }

  /** Adds an entry and the bytes behind it, whose number it tells; keeps the array. */
  public void add(ImageType type, Message entry, byte[] payload) {
    add(type, ONLY, entry, payload);
  }

  /** Adds the same to the image of a kind with this number. */
  public void add(ImageType type, long id, Message entry, byte[] payload) {
    image(type, id).add(new WithPayload<>(entry, payload));
  }

  /** Has an image written even if it gets no entry. */
  public void begin(ImageType type, long id) {
    image(type, id);
  }

  /** Begins an image that is not kept here. Several threads may do so at a time. */
  public ImageWriter stream(ImageType type, long id) {
    streamed.add(ImageDirectory.name(type, id));
    return directory.write(type, id);
  }

  /** Creates an image of raw bytes, which are not kept here. Several threads may do so. */
  public FileChannel streamRaw(ImageType type, long id) throws IOException {
    streamed.add(ImageDirectory.name(type, id));
    return directory.writeRaw(type, id);
  }

  /**
   * Creates a file of raw bytes that {@link #becomes} an image later, or is dropped.
   *
   * @param key whose it is
   */
  public FileChannel early(long key) throws IOException {
    return directory.earlyRaw(key);
  }

  /** Makes an early file an image. */
  public void becomes(long key, ImageType type, long id) throws IOException {
    streamed.add(ImageDirectory.name(type, id));
    directory.placeEarly(key, type, id);
  }

  /** Removes an early file that has become no image. */
  public void dropEarly(long key) throws IOException {
    directory.dropEarly(key);
  }

  @Override
  public boolean has(ImageType type, long id) {
    String name = ImageDirectory.name(type, id);
    return images.containsKey(name) || streamed.contains(name);
  }

  @Override
  public List<Long> ids(ImageType type) {
    List<Long> ids = new ArrayList<>();
    for (Image image : images.values()) {
      if (image.type == type) {
        ids.add(image.id);
      }
    }
    return ids;
  }

  @Override
  @SuppressWarnings("unchecked") // entries of a kind are added and asked for as the same message
  public <M extends Message> List<M> entries(ImageType type, long id, Parser<M> parser) {
    Image image = images.get(ImageDirectory.name(type, id));
    if (image == null) {
      return List.of();
    }
    if (image.entries.isEmpty() || image.entries.get(0) instanceof Message) {
      return Collections.unmodifiableList((List<M>) (List<?>) image.entries);
    }
    List<M> planned = new ArrayList<>(image.entries.size());
    for (Object entry : image.entries) {
      planned.add((M) ((Serialised) entry).planned());
    }
    return planned;
  }

  @Override
  @SuppressWarnings("unchecked") // entries of a kind are added and asked for as the same message
  public <M extends Message> List<WithPayload<M>> withPayload(
      ImageType type, long id, Parser<M> parser, PayloadReader<M> payload) {
    Image image = images.get(ImageDirectory.name(type, id));
    return image == null
        ? List.of()
        : Collections.unmodifiableList((List<WithPayload<M>>) (List<?>) image.entries);
  }

  @Override
  public <M extends Message> M only(ImageType type, long id, Parser<M> parser) {
    List<M> entries = entries(type, id, parser);
    if (entries.size() != 1) {
      throw new IllegalStateException(file(type, id) + " has " + entries.size() + " entries");
    }
    return entries.get(0);
  }

  @Override
  public ImageReader read(ImageType type, long id) throws IOException {
    return directory.read(type, id);
  }

  @Override
  public FileChannel readRaw(ImageType type, long id) throws IOException {
    return directory.readRaw(type, id);
  }

  @Override
  public Path file(ImageType type, long id) {
    return directory.file(type, id);
  }

  /** What writes the images that are kept here, one by one, in any order. */
  public List<FutureTask<Void>> writes() {
    List<FutureTask<Void>> writes = new ArrayList<>(images.size());
    for (Image image : images.values()) {
      writes.add(new FutureTask<>(() -> write(image)));
    }
    return writes;
  }

  private Void write(Image image) throws IOException {
    try (ImageWriter writer = directory.write(image.type, image.id)) {
      write(image, writer);
    }
    return null;
  }

  private static void write(Image image, ImageWriter writer) throws IOException {
    if (image.entries.isEmpty()) {
      writer.begin();
    }
    for (Object entry : image.entries) {
      if (entry instanceof Message message) {
        writer.write(message);
      } else if (entry instanceof Serialised serialised) {
        writer.write(serialised.whole());
      } else {
        WithPayload<?> both = (WithPayload<?>) entry;
        writer.write(both.entry());
        writer.payload(ByteBuffer.wrap(both.payload()));
      }
    }
  }
}
