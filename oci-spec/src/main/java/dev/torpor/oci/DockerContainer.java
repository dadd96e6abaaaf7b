// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Docker keeps of a container in {@code containers/ID/config.v2.json}, as far as a checkpoint
 * of it tells.
 *
 * @param name given by the user, without the slash that Docker puts before it
 * @param image as the user named it
 * @param imageId digest of that image, {@code sha256:...}
 */
public record DockerContainer(String name, String image, String imageId) {

  /**
   * Looks for it beside its root file system.
   *
   * @param rootfs on the host; in Docker's directory that is {@code overlay2/LAYER/merged}
   * @return null if it is none of Docker's
   * @throws OciException if the file is not what Docker writes
   */
  public static DockerContainer of(String id, Path rootfs) throws OciException {
    Path file =
        rootfs.resolve("../../../containers").resolve(id).resolve("config.v2.json").normalize();
    if (!Files.isRegularFile(file)) {
      return null;
    }
    Stored stored = EngineJson.read(file, Stored.class);
    if (stored.name == null || !stored.name.startsWith("/")) {
      throw new OciException(file.toString(), "has no name of a container: it is not Docker's");
    }
    String image = stored.config == null ? null : stored.config.image;
    return new DockerContainer(stored.name.substring(1), image, stored.image);
  }

  /** The fields that are read, by Docker's names. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Stored(
      @JsonProperty("Name") String name,
      @JsonProperty("Image") String image,
      @JsonProperty("Config") Asked config) {}

  /** What the user asked for. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Asked(@JsonProperty("Image") String image) {}
}
