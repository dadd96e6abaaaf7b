// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Tests of containers in a store of their own, which leave the machine as they found it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PodmanContainers {
  PodmanStore store;
  private Machine before;

  @BeforeAll
  void makeStore() {
    before = Machine.now();
    store = new PodmanStore();
  }

  @AfterAll
  void removeStore() {
    store.close();
    before.assertUnchanged();
  }

  @AfterEach
  void removeContainers() {
    store.podman("rm", "--all", "--force", "--time", "0");
  }
}
