// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.nio.file.Path;

/** What engines call a container, from where they keep that. */
public final class EngineName {
  private EngineName() {}

  /**
   * The name of one.
   *
   * @param bundle where its engine has it
   * @param rootfs its root file system on the host
   * @return null if neither Podman 4 nor Docker has it
   */
  public static String of(String id, Path bundle, Path rootfs) throws OciException {
    String podman = PodmanContainer.nameOf(id, bundle);
    if (podman != null) {
      return podman;
    }
    DockerContainer docker = DockerContainer.of(id, rootfs);
    return docker == null ? null : docker.name();
  }
}
