// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * {@code ROOT/ID/state.json}, in which runc (1.1 to 1.5) keeps what it knows of a container.
 *
 * <pre>
 * {"id": "c1", "init_process_pid": 4422, "init_process_start": 136464, "created": "2026-...",
 *  "config": {"rootfs": "/b/rootfs", "labels": ["bundle=/b"], ...}, ...}
 * </pre>
 *
 * @param id of the container
 * @param pid of its init
 * @param startTimeTicks field 22 of the init's /proc/PID/stat
 * @param created RFC 3339
 * @param config what runc made of config.json
 * @param other every other field
 */
public record RuncState(
    String id,
    @JsonProperty("init_process_pid") Integer pid,
    @JsonProperty("init_process_start") Long startTimeTicks,
    String created,
    Config config,
    @JsonAnySetter Map<String, Object> other) {
  private static final String BUNDLE = "bundle=";

  /**
   * The part of it that is read here.
   *
   * @param rootfs absolute path
   * @param labels annotations as KEY=VALUE, and the bundle
   * @param other every other field
   */
  public record Config(
      String rootfs, List<String> labels, @JsonAnySetter Map<String, Object> other) {}

  /** Reads the file. */
  public static RuncState read(Path file) throws OciException {
    RuncState state = EngineJson.read(file, RuncState.class);
    if (state.id == null
        || state.pid == null
        || state.startTimeTicks == null
        || state.config == null
        || state.config.rootfs == null
        || state.bundle() == null) {
      throw new OciException(
          file.toString(), "lacks id, init, rootfs or bundle: this is no state of runc 1.1 to 1.5");
    }
    return state;
  }

  /** The bundle's directory. */
  public Path bundle() {
    if (config.labels != null) {
      for (String label : config.labels) {
        if (label.startsWith(BUNDLE)) {
          return Path.of(label.substring(BUNDLE.length()));
        }
      }
    }
    return null;
  }
}
