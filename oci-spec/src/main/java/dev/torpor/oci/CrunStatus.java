// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * {@code RUNDIR/ID/status}, in which crun (1.8 to 1.28) keeps what it knows of a container.
 *
 * <pre>
 * {"pid": 4422, "process-start-time": 136464, "cgroup-path": "/c1", "rootfs": "rootfs",
 *  "bundle": "/b", "external_descriptors": "[\"/dev/null\",\"pipe:[7]\",\"pipe:[8]\"]", ...}
 * </pre>
 *
 * @param pid of the container's init
 * @param processStartTime field 22 of its /proc/PID/stat, in clock ticks
 * @param cgroupPath below the mount point of a hierarchy, or null or empty
 * @param rootfs absolute, or relative to the bundle
 * @param bundle absolute path
 * @param externalDescriptors {@code descriptors.json} as text
 * @param other every other field
 */
public record CrunStatus(
    Integer pid,
    @JsonProperty("process-start-time") Long processStartTime,
    @JsonProperty("cgroup-path") String cgroupPath,
    String rootfs,
    String bundle,
    @JsonProperty("external_descriptors") String externalDescriptors,
    @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {

  /** Reads the file. */
  public static CrunStatus read(Path file) throws OciException {
    CrunStatus status = EngineJson.read(file, CrunStatus.class);
    if (status.pid == null
        || status.processStartTime == null
        || status.bundle == null
        || status.rootfs == null) {
      throw new OciException(
          file.toString(),
          "lacks pid, process-start-time, bundle or rootfs: this is no status of crun 1.8 to 1.28");
    }
    return status;
  }

  /** Whether crun has made a cgroup for it: otherwise the path is null or empty. */
  public boolean hasCgroup() {
    return cgroupPath != null && !cgroupPath.isEmpty();
  }

  /** The root file system's path. */
  public Path root() {
    return Path.of(bundle).resolve(rootfs).normalize();
  }

  /** Where the descriptors 0 to 2 led to when the container was started. */
  public Descriptors descriptors(String name) throws OciException {
    if (externalDescriptors == null) {
      throw new OciException(
          name, "has no external_descriptors: this is no status of crun 1.8 to 1.28");
    }
    return Descriptors.parse(name, externalDescriptors.getBytes(StandardCharsets.UTF_8));
  }

  /** The same of another init. */
  public CrunStatus of(int init, long startTime, Descriptors descriptors) {
    String json = new String(descriptors.toJson(), StandardCharsets.UTF_8);
    return new CrunStatus(init, startTime, cgroupPath, rootfs, bundle, json, other);
  }

  /** JSON of the file. */
  public byte[] toJson() {
    return EngineJson.write(this);
  }
}
