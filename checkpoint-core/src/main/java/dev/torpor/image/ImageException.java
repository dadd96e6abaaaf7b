// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import dev.torpor.error.IoReason;
import dev.torpor.error.TorporException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * An image file is not what it should be. Names the file, the place, both values and the way out.
 */
public final class ImageException extends TorporException {
  private static final long serialVersionUID = 1L;

  /** What is wrong, for callers that act on it. */
  public enum Problem {
    /** The file is not there. */
    MISSING,
    /** There is something of that name, but no regular file. */
    NOT_A_FILE,
    /** It is longer or shorter than it was when it was written. */
    WRONG_LENGTH,
    /** What it says contradicts itself, or another image. */
    CONTRADICTION,
    /** The file cannot be read. */
    UNREADABLE,
    /** The file ends before what it announces. */
    TRUNCATED,
    /** The head is not the one this kind of image has. */
    WRONG_MAGIC,
    /** The image has no head because CRIU before 2.0 wrote it, or it is raw data. */
    NO_HEAD,
    /** An entry announces more bytes than any message can have. */
    ENTRY_TOO_LONG,
    /** Something follows where the image should end. */
    TRAILING_BYTES,
    /** The image ends where an entry should start. */
    MISSING_ENTRY,
    /** The bytes of an entry are not a protobuf message. */
    MALFORMED,
    /** A required field is not set. */
    MISSING_FIELD,
    /** A field or enum value CRIU 4.2 does not have. */
    UNKNOWN_FIELD,
    /** JSON that does not describe an image. */
    MALFORMED_JSON,
  }

  private final Problem problem;
  private final String image;
  private final long offset;

  /**
   * @param problem what is wrong
   * @param image name of the image file
   * @param offset where in the file, in bytes
   * @param expected what belongs there
   * @param actual what is there instead
   * @param wayOut what the user can do
   */
  public ImageException(
      Problem problem, String image, long offset, String expected, String actual, String wayOut) {
    this(problem, image, offset, expected, actual, wayOut, null);
  }

  /** As above, with the exception that revealed it. */
  public ImageException(
      Problem problem,
      String image,
      long offset,
      String expected,
      String actual,
      String wayOut,
      Throwable cause) {
    super(
        image
            + " at offset "
            + offset
            + ": expected "
            + expected
            + ", found "
            + actual
            + "; "
            + wayOut,
        0,
        cause);
    this.problem = problem;
    this.image = image;
    this.offset = offset;
  }

  /**
   * What an image says of an object cannot be.
   *
   * @param object as a message names it
   * @param found what it says
   */
  public static ImageException contradiction(String object, String found) {
    return new ImageException(object, found);
  }

  private ImageException(String object, String found) {
    super(object + ": its image is damaged: " + found + "; restore from another copy", 0, null);
    this.problem = Problem.CONTRADICTION;
    this.image = object;
    this.offset = 0;
  }

  /** A file that is not there. */
  public static ImageException missing(Path file, ImageType type) {
    return new ImageException(
        Problem.MISSING,
        file.getFileName().toString(),
        0,
        "an image of " + type.magicName(),
        "no such file",
        "name the directory the checkpoint was written to");
  }

  /** A file that has more bytes than Torpor reads of its kind. */
  static ImageException tooLong(Path file, long mostBytes, long bytes) {
    return new ImageException(
        Problem.WRONG_LENGTH,
        file.getFileName().toString(),
        0,
        "at most " + mostBytes + " bytes",
        Long.toString(bytes),
        "restore with CRIU");
  }

  /** A file that the kernel did not let be read. */
  public static ImageException unreadable(Path file, IOException cause) {
    return new ImageException(
        Problem.UNREADABLE,
        file.getFileName().toString(),
        0,
        "to read it",
        IoReason.of(cause),
        "mend that, or restore from another copy",
        cause);
  }

  /** What is wrong. */
  public Problem problem() {
    return problem;
  }

  /** Name of the image file, or of the object that it contradicts itself about. */
  public String image() {
    return image;
  }

  /** Where in the file, in bytes; for JSON, characters of the JSON text. */
  public long offset() {
    return offset;
  }
}
