// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.torpor.image.proto.inventory_entry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Images that are read from a directory, each when it is first asked for. Several threads may read
 * different images at a time.
 */
public final class DirectoryImages implements ImageStore {
  private final ImageDirectory directory;
  private final Set<String> names;
  private final Map<String, List<?>> read = new HashMap<>();

  private DirectoryImages(ImageDirectory directory, Set<String> names) {
    this.directory = directory;
    this.names = names;
  }

  /** Lists a directory; one that is not there has no images. */
  public static DirectoryImages of(ImageDirectory directory) throws IOException {
    Set<String> names = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.path())) {
      for (Path file : files) {
        names.add(file.getFileName().toString());
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new DirectoryImages(directory, Set.of());
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new DirectoryImages(directory, names);
  }

  /**
   * Compares the directory with the list that its dump left, if it left one.
   *
   * @throws ImageException if an image is missing, or has another length
   */
  public void checkManifest() throws IOException {
    if (has(ImageType.INVENTORY)) {
      inventory_entry inventory = only(ImageType.INVENTORY, ONLY, inventory_entry.parser());
      Manifest.check(directory, inventory.getDumpCriuRunId());
    }
  }

  @Override
  public boolean has(ImageType type, long id) {
    return names.contains(ImageDirectory.name(type, id));
  }

  @Override
  @SuppressWarnings("unchecked") // an image is always read with the parser of its kind
  public <M extends Message> List<M> entries(ImageType type, long id, Parser<M> parser) {
    String name = ImageDirectory.name(type, id);
    List<?> known = known(name);
    if (known != null) {
      return (List<M>) known;
    }
    return keep(name, has(type, id) ? readAll(type, id, parser) : List.of());
  }

  private <M extends Message> List<M> readAll(ImageType type, long id, Parser<M> parser) {
    try (ImageReader reader = directory.read(type, id)) {
      return Collections.unmodifiableList(reader.rest(parser));
    } catch (IOException e) {
      throw ImageException.unreadable(directory.file(type, id), e);
    }
  }

  @Override
  @SuppressWarnings("unchecked") // an image is always read with the parser of its kind
  public <M extends Message> List<WithPayload<M>> withPayload(
      ImageType type, long id, Parser<M> parser, PayloadReader<M> payload) {
    String name = ImageDirectory.name(type, id);
    List<?> known = known(name);
    if (known != null) {
      return (List<WithPayload<M>>) known;
    }
    return keep(name, has(type, id) ? readWithPayload(type, id, parser, payload) : List.of());
  }

  private <M extends Message> List<WithPayload<M>> readWithPayload(
      ImageType type, long id, Parser<M> parser, PayloadReader<M> payload) {
    List<WithPayload<M>> entries = new ArrayList<>();
    try (ImageReader reader = directory.read(type, id)) {
      while (reader.hasNext()) {
        M entry = reader.next(parser);
        entries.add(new WithPayload<>(entry, payload.read(entry, reader)));
      }
    } catch (IOException e) {
      throw ImageException.unreadable(directory.file(type, id), e);
    }
    return Collections.unmodifiableList(entries);
  }

  /** Not kept: such an image belongs to one task, and is asked for once. */
  @Override
  public <M extends Message> M only(ImageType type, long id, Parser<M> parser) {
    try (ImageReader reader = directory.read(type, id)) {
      return reader.only(parser);
    } catch (IOException e) {
      throw ImageException.unreadable(directory.file(type, id), e);
    }
  }

  @Override
  public <M extends Message> M apart(
      ImageType type, long id, Parser<M> parser, NumbersField field) {
    try (ImageReader reader = directory.read(type, id)) {
      return reader.onlyApart(parser, field);
    } catch (IOException e) {
      throw ImageException.unreadable(directory.file(type, id), e);
    }
  }

  @Override
  public List<Long> ids(ImageType type) {
    if (!type.isNumbered()) {
      return has(type) ? List.of(ONLY) : List.of();
    }
    List<Long> ids = new ArrayList<>();
    for (String name : names) {
      OptionalLong id = type.idIn(name);
      if (id.isPresent()) {
        ids.add(id.getAsLong());
      }
    }
    Collections.sort(ids, Long::compareUnsigned);
    return ids;
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

  private List<?> known(String name) {
    synchronized (read) {
      return read.get(name);
    }
  }

  private <E> List<E> keep(String name, List<E> entries) {
    synchronized (read) {
      read.put(name, entries);
    }
    return entries;
  }
}
