// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.nio.file.Path;

/**
 * A bundle: the directory an engine hands to a runtime.
 *
 * @param directory where it is
 * @param spec its config.json
 */
public record Bundle(Path directory, RuntimeSpec spec) {
  /** Annotation with the options of checkpoint and restore, honoured by runc and crun. */
  public static final String CRIU_CONFIG_ANNOTATION = "org.criu.config";

  /** Reads a bundle. */
  public static Bundle open(Path directory) throws OciException {
    return new Bundle(directory, RuntimeSpec.read(directory.resolve("config.json")));
  }

  /** Absolute path of the root file system. */
  public Path rootfs() throws OciException {
    if (spec.root() == null || spec.root().path() == null) {
      throw new OciException(
          directory.resolve("config.json").toString(),
          "has no root.path: the bundle is incomplete");
    }
    return directory.resolve(spec.root().path()).toAbsolutePath().normalize();
  }
}
