// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.oci.OciException;
import dev.torpor.oci.RuntimeFeatures;
import dev.torpor.runtime.option.OptionException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * {@code features}: what the runtime behind us says of itself, and that checkpoints are possible.
 * Of one too old to know the command only the version of the specification is known.
 */
final class Features {
  private Features() {}

  static void print(Fronted fronted, PrintStream out) {
    try {
      byte[] json = of(fronted).withCheckpoint().toJson();
      out.println(new String(json, StandardCharsets.UTF_8));
    } catch (OciException e) {
      throw new OptionException(e.getMessage());
    }
  }

  private static RuntimeFeatures of(Fronted fronted) throws OciException {
    Fronted.Outcome own = fronted.run(List.of("features"));
    if (own.status() == 0) {
      return RuntimeFeatures.parse(
          fronted.path() + " features", own.output().getBytes(StandardCharsets.UTF_8));
    }
    String version = fronted.versionLine("spec: ");
    if (version == null) {
      throw new OptionException(
          fronted.path() + " has no features command and names no specification in its --version");
    }
    return RuntimeFeatures.ofVersion(version);
  }
}
