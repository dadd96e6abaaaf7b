// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.util.Map;

/**
 * The state a runtime prints and gives to hooks on their standard input.
 *
 * <pre>
 * {"ociVersion": "1.0.2", "id": "c1", "status": "running", "pid": 4422, "bundle": "/b"}
 * </pre>
 *
 * <p>See <a
 * href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md#state">runtime.md</a>.
 *
 * @param ociVersion version of the specification
 * @param id the container's name
 * @param status creating, created, running, stopped, or what a runtime adds (paused)
 * @param pid of the container's init in the runtime's pid namespace; null or 0 when stopped
 * @param bundle absolute path of the bundle
 * @param annotations or null
 * @param other every other field
 */
public record ContainerState(
    String ociVersion,
    String id,
    String status,
    Integer pid,
    String bundle,
    Map<String, String> annotations,
    @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {

  /**
   * Reads what a runtime printed.
   *
   * @param name where it comes from, for messages
   */
  public static ContainerState parse(String name, byte[] json) throws OciException {
    ContainerState state = EngineJson.parse(name, json, ContainerState.class);
    if (state.id == null || state.status == null || state.bundle == null) {
      throw new OciException(name, "lacks id, status or bundle: this is no container state");
    }
    return state;
  }

  /** JSON with every field that was read. */
  public byte[] toJson() {
    return EngineJson.write(this);
  }
}
