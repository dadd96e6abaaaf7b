// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A container engine that runs for the tests alone, with the images of {@link Workload}. */
interface ContainerEngine extends AutoCloseable {
  /** Puts a checkpointer where it looks for {@code criu}. */
  void use(Engine engine);

  /** Whether it has such options, and can tell how far such a workload was. */
  default boolean takes(Workload workload, List<String> options) {
    return true;
  }

  /**
   * Starts it.
   *
   * @param images directory that {@code scripts/images.sh} has filled
   */
  void start(Path images);

  /** Starts a container; its command is the image's if none is given. */
  void start(String name, List<String> options, Workload workload, String... command);

  /** Dumps it; with {@code leaveRunning} it goes on, else it has ended. */
  PodmanStore.Outcome tryCheckpoint(String name, boolean leaveRunning);

  /** Brings it back from its last checkpoint. */
  PodmanStore.Outcome tryRestore(String name);

  /** What it printed so far. */
  String log(String name);

  /** Runs a command in it; what that printed. */
  String within(String name, String... command);

  /** The pid of its init. */
  long pid(String name);

  /** Ends it and forgets it. */
  void remove(String name);

  @Override
  void close();

  /** What a file of its control group says, null if there is no such controller. */
  default String cgroupFile(String name, String controller, String file) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid(name) + "/cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields[1].equals(controller)) {
        return Files.readString(Path.of("/sys/fs/cgroup", controller, fields[2], file)).trim();
      }
    }
    return null;
  }
}
