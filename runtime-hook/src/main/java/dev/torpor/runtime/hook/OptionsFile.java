// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.proc.Words;
import dev.torpor.runtime.option.OptionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The configuration file that a container's annotation {@code org.criu.config} names. Its name says
 * what it holds, so that it can be made again wherever an archive of the container comes to:
 *
 * <pre>
 * /run/torpor/options/tcp=established,file-locks=true
 * </pre>
 *
 * <p>Letters, digits, {@code - . _} stand for themselves, other bytes of UTF-8 as {@code %2F}. The
 * launcher makes the same names ({@code hook.c}).
 */
public final class OptionsFile {
  /** Where all of them are. */
  static final Path DIRECTORY = Path.of("/run/torpor/options");

  /** Below NAME_MAX, with room for the name it has while it is written. */
  private static final int MAX_NAME_BYTES = 200;

  private final Path directory;
  private final String name;
  private final ContainerOptions options;

  /**
   * Understands a name.
   *
   * @throws OptionException if what it asks for cannot be
   */
  OptionsFile(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    if (name.length() > MAX_NAME_BYTES) {
      throw new OptionException(
          "annotations torpor.* have "
              + name.length()
              + " bytes together, of at most "
              + MAX_NAME_BYTES
              + ": write the options into a file, and give its path as annotation org.criu.config");
    }
    options = ContainerOptions.of(annotations(name));
  }

  /** The file of a path, null if it is none of ours. */
  public static OptionsFile ofPath(String path) {
    String directory = DIRECTORY + "/";
    return path.startsWith(directory) && path.indexOf('/', directory.length()) < 0
        ? new OptionsFile(DIRECTORY, path.substring(directory.length()))
        : null;
  }

  /** What it holds. */
  public String configuration() {
    return options.configuration();
  }

  /** Where it is. */
  Path path() {
    return directory.resolve(name);
  }

  /** Makes it, unless it is there. Whoever reads it sees all of it. */
  public void make() throws IOException {
    if (Files.exists(path())) {
      return;
    }
    // Whatever the umask is, only root may say what containers ask for.
    Files.createDirectories(directory, permissions("rwxr-xr-x"));
    Path unfinished = directory.resolve("." + System.nanoTime());
    try {
      Files.createFile(unfinished, permissions("rw-r--r--"));
      Files.writeString(unfinished, configuration());
      Files.move(unfinished, path(), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> permissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  private static Map<String, String> annotations(String name) {
    Map<String, String> annotations = new LinkedHashMap<>();
    for (String pair : Words.split(name, ',')) {
      int equals = pair.indexOf('=');
      if (equals < 0) {
        throw new OptionException(
            "options " + name + " are damaged: they are NAME=VALUE with commas between them");
      }
      annotations.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
    }
    return annotations;
  }

  private static String decoded(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c != '%') {
        bytes.write(c);
        continue;
      }
      try {
        bytes.write(Integer.parseInt(escaped, i + 1, i + 3, 16));
      } catch (NumberFormatException | IndexOutOfBoundsException e) {
        throw new OptionException("options " + escaped + " are damaged: % has no two digits");
      }
      i += 2;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
