// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A restore that fails by itself, at whatever step, ends with CRIU's exit code and one line that
 * names the object and the way out, and leaves nothing; once what stood in its way is gone, the
 * same restore works.
 */
class FailedRestoreIT {
  /** A few tasks, some of them ended, in namespaces of their own. */
  static Subject subject() {
    List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "--net", "--ipc", "--uts"));
    command.addAll(StatusFileSubject.compiled("zombies").program());
    return new StatusFileSubject("zombies", command, true, true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"pre-restore", "setup-namespaces", "post-setup-namespaces", "post-restore"})
  void scriptForbidsIt(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      Engine.Outcome outcome = dumped.restore("--action-script", dumped.script(step, "exit 3"));
      outcome.assertRefused("the " + step + " script failed");
      dumped.assertNothingLeft(step);
      dumped.assertRestores();
    }
  }

  /** Here they cannot forbid it; nor do CRIU's. */
  @ParameterizedTest
  @ValueSource(strings = {"network-unlock", "pre-resume", "post-resume"})
  void scriptFailsAtTheEnd(String step) throws IOException {
    try (Dumped dumped = new Dumped(subject())) {
      dumped.assertRestores("--action-script", dumped.script(step, "exit 3"));
    }
  }
}
