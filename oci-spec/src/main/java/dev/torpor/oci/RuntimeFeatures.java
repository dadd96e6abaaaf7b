// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code runc features} and {@code crun features} print, see <a
 * href="https://github.com/opencontainers/runtime-spec/blob/main/features.md">features.md</a>.
 *
 * @param ociVersionMin oldest specification understood
 * @param ociVersionMax newest specification understood
 * @param annotations or null
 * @param other every other field
 */
public record RuntimeFeatures(
    String ociVersionMin,
    String ociVersionMax,
    Map<String, String> annotations,
    @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {
  private static final String RUNC = "org.opencontainers.runc.checkpoint.enabled";
  private static final String CRUN = "run.oci.crun.checkpoint.enabled";

  /**
   * Reads what a runtime printed.
   *
   * @param name where it comes from, for messages
   */
  public static RuntimeFeatures parse(String name, byte[] json) throws OciException {
    RuntimeFeatures features = EngineJson.parse(name, json, RuntimeFeatures.class);
    if (features.ociVersionMax == null) {
      throw new OciException(name, "has no ociVersionMax: this is no list of features");
    }
    return features;
  }

  /**
   * All that is known of a runtime that does not say.
   *
   * @param ociVersion the specification it follows
   */
  public static RuntimeFeatures ofVersion(String ociVersion) {
    return new RuntimeFeatures(ociVersion, ociVersion, null, Map.of());
  }

  /** The same, and that checkpoints are possible, as runc and crun say it. */
  public RuntimeFeatures withCheckpoint() {
    Map<String, String> all = new TreeMap<>(annotations == null ? Map.of() : annotations);
    all.put(RUNC, "true");
    all.put(CRUN, "true");
    return new RuntimeFeatures(ociVersionMin, ociVersionMax, all, other);
  }

  /** JSON with every field that was read. */
  public byte[] toJson() {
    return EngineJson.write(this);
  }

  /** Whether the runtime says that it can checkpoint. */
  public boolean checkpointEnabled() {
    return annotations != null
        && ("true".equals(annotations.get(RUNC)) || "true".equals(annotations.get(CRUN)));
  }
}
