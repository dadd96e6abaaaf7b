// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.util.Map;

/**
 * {@code config.dump} of a checkpoint archive: the engine's view of the container. Podman writes
 * its whole container configuration, CRI-O and containerd the fields below.
 *
 * <pre>
 * {"id": "9f5...", "name": "web", "rootfsImageName": "localhost/web:1", "runtime": "runc"}
 * </pre>
 *
 * @param id of the container
 * @param name of the container
 * @param rootfsImageName image it was made from, or null
 * @param rootfsImageRef digest of that image, or null
 * @param runtime OCI runtime, or null
 * @param createdTime RFC 3339, or null
 * @param checkpointedTime RFC 3339, or null
 * @param other every other field
 */
public record CheckpointConfig(
    String id,
    String name,
    String rootfsImageName,
    String rootfsImageRef,
    String runtime,
    String createdTime,
    String checkpointedTime,
    @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {

  static CheckpointConfig parse(String name, byte[] json) throws OciException {
    CheckpointConfig config = EngineJson.parse(name, json, CheckpointConfig.class);
    if (config.id == null) {
      throw new OciException(name, "has no id: this is no container configuration");
    }
    return config;
  }

  /** JSON with every field that was read. */
  public byte[] toJson() {
    return EngineJson.write(this);
  }
}
