// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.core.type.TypeReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What engines call a container, from where they keep that. */
public final class EngineName {
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

  private EngineName() {}

  /**
   * The name of one.
   *
   * @param bundle where its engine has it
   * @param rootfs its root file system on the host; in Docker's directory that is {@code
   *     overlay2/LAYER/merged}
   * @return null if neither Podman 4 nor Docker has it
   */
  public static String of(String id, Path bundle, Path rootfs) throws OciException {
    String podman = PodmanContainer.nameOf(id, bundle);
    if (podman != null) {
      return podman;
    }
    Path docker = rootfs.resolve("../../../containers").resolve(id).resolve("config.v2.json");
    if (!Files.isRegularFile(docker.normalize())) {
      return null;
    }
    Path file = docker.normalize();
    Object name = EngineJson.parse(file.toString(), EngineJson.bytes(file), OBJECT).get("Name");
    return name instanceof String text && text.startsWith("/") ? text.substring(1) : null;
  }
}
