// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that print, to a reader that has gone and to a disk that is full. */
class ClosedOutputIT {
  private static final String IMAGE = "IMAGE='{\"magic\": \"PSTREE\", \"entries\": []}'; ";

  /** A pipe of which only the writing end is open. */
  private static final String NOBODY_READS =
      IMAGE
          + "d=$(mktemp -d); mkfifo $d/p; exec 3<>$d/p; exec 4>$d/p; exec 3<&-; rm -r $d;"
          + " \"$@\" <<<$IMAGE >&4; echo status $?";

  private static final String FULL = IMAGE + "\"$@\" <<<$IMAGE >/dev/full; echo status $?";

  @ParameterizedTest
  @ValueSource(strings = {"container list", "image encode", "container list /etc --json"})
  void aReaderThatHasGoneIsNoError(String words) {
    assertThat(output(NOBODY_READS, words)).isEqualTo("status 141\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"container list", "image encode"})
  void aFullDiskIs(String words) {
    assertThat(output(FULL, words))
        .contains("standard output cannot be written: make room")
        .endsWith("status 1\n");
  }

  private static String output(String script, String words) {
    List<String> command = new ArrayList<>(List.of("/bin/bash", "-c", script, "sh"));
    command.add(Settings.torpor().toString());
    command.addAll(List.of(words.split(" ")));
    return PodmanStore.run(command.toArray(String[]::new)).output();
  }
}
