// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/**
 * A directory of images. Owns every file name in it.
 *
 * <p>Holds a path, not a descriptor: a directory given by descriptor is reached through {@code
 * /proc/self/fd}, which the caller keeps open, and which also works when it was opened with {@code
 * O_PATH} or has no name in this mount namespace.
 */
public final class ImageDirectory {
  /** Symbolic link to the directory of the checkpoint this one builds on. */
  private static final String PARENT = "parent";

  private final Path path;

  /** The path as text, since making a path per image takes a cold JVM milliseconds. */
  private final String prefix;

  private ImageDirectory(Path path) {
    this.path = path;
    this.prefix = path + "/";
  }

  /** The directory at a path. It need not exist yet. */
  public static ImageDirectory at(Path path) {
    return new ImageDirectory(path);
  }

  /**
   * The directory behind an open descriptor of this process.
   *
   * @param fd stays the caller's and has to stay open
   */
  public static ImageDirectory ofFd(int fd) {
    if (fd < 0) {
      throw new IllegalArgumentException("not a descriptor: " + fd);
    }
    return new ImageDirectory(Path.of("/proc/self/fd/" + fd));
  }

  /** Where the directory is. */
  public Path path() {
    return path;
  }

  /** The name of the image of a kind; the number means nothing for one that is not numbered. */
  static String name(ImageType type, long id) {
    return type.isNumbered() ? type.fileName(id) : type.fileName();
  }

  /** Where the one image of a kind is. */
  public Path file(ImageType type) {
    return path.resolve(type.fileName());
  }

  /** Where the image of a kind with this number is. */
  public Path file(ImageType type, long id) {
    return path.resolve(name(type, id));
  }

  /** Whether there is the one image of a kind. CRIU writes no file when it has nothing to say. */
  public boolean has(ImageType type) {
    return Files.exists(file(type));
  }

  /** Whether there is an image of a kind with this number. */
  public boolean has(ImageType type, long id) {
    return Files.exists(file(type, id));
  }

  /**
   * Opens the one image of a kind.
   *
   * @throws ImageException if it does not exist or is not of this kind
   */
  public ImageReader read(ImageType type) throws IOException {
    return ImageReader.open(file(type), type);
  }

  /** Opens the image of a kind with this number. */
  public ImageReader read(ImageType type, long id) throws IOException {
    return ImageReader.open(file(type, id), type);
  }

  /**
   * The one entry of the one image of a kind.
   *
   * @throws ImageException if there is no such image, or not exactly one entry in it
   */
  public <M extends Message> M only(ImageType type, Parser<M> parser) throws IOException {
    try (ImageReader reader = read(type)) {
      return reader.only(parser);
    }
  }

  /** The one entry of the image of a kind with this number. */
  public <M extends Message> M only(ImageType type, long id, Parser<M> parser) throws IOException {
    try (ImageReader reader = read(type, id)) {
      return reader.only(parser);
    }
  }

  /** Begins the one image of a kind. */
  public ImageWriter write(ImageType type) {
    return ImageWriter.create(prefix + type.fileName(), type);
  }

  /** Begins the image of a kind with this number. */
  public ImageWriter write(ImageType type, long id) {
    return ImageWriter.create(prefix + name(type, id), type);
  }

  /**
   * Opens an image for reading its bytes as they are.
   *
   * @throws ImageException if it does not exist or is no regular file
   */
  public FileChannel readRaw(ImageType type, long id) throws IOException {
    return ImageFile.open(prefix + type.fileName(id));
  }

  /** Creates an image for writing its bytes as they are, mode 0600. */
  public FileChannel writeRaw(ImageType type, long id) throws IOException {
    return ImageWriter.createFile(file(type, id));
  }

  /** Creates a file that gets the name of an image later; for reading, too. */
  FileChannel earlyRaw(long key) throws IOException {
    return ImageWriter.createReadable(early(key));
  }

  void placeEarly(long key, ImageType type, long id) throws IOException {
    Files.move(early(key), file(type, id));
  }

  void dropEarly(long key) throws IOException {
    Files.deleteIfExists(early(key));
  }

  private Path early(long key) {
    return path.resolve("early-" + key);
  }

  /** Numbers of all images of a numbered kind, ascending as unsigned numbers. */
  public List<Long> ids(ImageType type) throws IOException {
    List<Long> ids = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        OptionalLong id = type.idIn(file.getFileName().toString());
        if (id.isPresent()) {
          ids.add(id.getAsLong());
        }
      }
    }
    Collections.sort(ids, Long::compareUnsigned);
    return ids;
  }

  /**
   * The directory this checkpoint builds on.
   *
   * @return null if it builds on none
   * @throws NotDirectoryException if the link leads nowhere
   */
  public ImageDirectory parent() throws IOException {
    Path link = path.resolve(PARENT);
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    if (!Files.isDirectory(link)) {
      throw new NotDirectoryException(
          link + ": the parent images this checkpoint builds on are not there");
    }
    return new ImageDirectory(link);
  }

  /**
   * Makes this checkpoint build on another one. A link that is already there stays, as with CRIU.
   *
   * @param target what the link says: a path relative to this directory, so that both can be moved
   */
  public void linkParent(Path target) throws IOException {
    Path link = path.resolve(PARENT);
    if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      Files.createSymbolicLink(link, target);
    }
  }
}
