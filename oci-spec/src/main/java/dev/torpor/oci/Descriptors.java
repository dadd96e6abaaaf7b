// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.core.type.TypeReference;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code descriptors.json}, which runc and crun put beside the images: where the container's
 * descriptors 0 to 2 led to when it was dumped.
 *
 * <pre>
 * ["/dev/null", "pipe:[123]", "pipe:[124]"]
 * </pre>
 *
 * @param targets link texts of /proc/PID/fd/0, 1 and 2
 */
public record Descriptors(List<String> targets) {
  /** Name of the file in the directory of images. */
  public static final String FILE_NAME = "descriptors.json";

  private static final TypeReference<List<String>> STRINGS = new TypeReference<>() {};

  /** Reads the file. */
  public static Descriptors read(Path file) throws OciException {
    return parse(file.toString(), EngineJson.bytes(file));
  }

  static Descriptors parse(String name, byte[] json) throws OciException {
    List<String> targets = EngineJson.parse(name, json, STRINGS);
    if (targets.size() != 3 || targets.contains(null)) {
      throw new OciException(
          name, "has " + targets.size() + " entries instead of 3 texts: it is damaged");
    }
    return new Descriptors(List.copyOf(targets));
  }

  /** JSON of the file. */
  public byte[] toJson() {
    return EngineJson.write(targets);
  }

  /** Whether a descriptor was a pipe, whose other end only the engine has. */
  public boolean isPipe(int fd) {
    return targets.get(fd).startsWith("pipe:");
  }
}
