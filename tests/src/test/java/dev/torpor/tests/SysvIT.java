// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** System V IPC beyond what CRIU carries, {@code programs/sysv.c}; FourWayIT has the rest. */
class SysvIT {
  /** Creators, segments that are removed or locked, parts of segments, sets that were used. */
  @Test
  void moreComesBackTwice() {
    try (Running running = new Running(StatusFileSubject.compiled("sysv", "more"))) {
      // Key, owner, creator and permissions of one that is locked, of one that is removed.
      assertThat(running.state()).contains("=999,1234,0,1234,2600,", "=0,0,0,0,1600,");
      comesBack(running);
      comesBack(running);
    }
  }

  private static void comesBack(Running running) {
    String state = running.state();
    List<Long> pids = running.lastingPids();
    ProcessTree before = running.snapshot(pids);
    Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
    running.awaitReport();
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
    running.assertUnchanged(before, running.snapshot(pids));
  }

  /** Not in an IPC namespace of its own: nobody else has the segments attached. */
  @Test
  void segmentsOfTheHostComeBackTwice() throws Exception {
    HostObjects objects = null;
    try (Running running = new Running(StatusFileSubject.compiled("sysv", "host"))) {
      objects = new HostObjects(running.state());
      comesBack(running);
      comesBack(running);
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      objects.close();
      Engine.TORPOR
          .restore(running.keeper, running.images)
          .assertRefused("System V shared memory segment", "is not there any more");
    } finally {
      if (objects != null) {
        objects.close();
      }
    }
  }

  @Test
  void segmentsOfTheHostThatOthersHaveAreRefused() throws Exception {
    HostObjects objects = null;
    try (Running running = new Running(StatusFileSubject.compiled("sysv", "host"))) {
      objects = new HostObjects(running.state());
      String attach =
          "import ctypes, sys, time; ctypes.CDLL(None).shmat(int(sys.argv[1]), None, 0);"
              + " print(flush=True); time.sleep(100)";
      Process other = new ProcessBuilder("python3", "-c", attach, objects.attached()).start();
      try {
        assertThat(other.getInputStream().read()).isEqualTo('\n');
        Engine.TORPOR
            .dump(running.keeper, running.root, running.images)
            .assertRefused("processes outside of the tree", "1 of 3 attachments", "unshare --ipc");
        running.awaitProgress(running.progress(), 3);
      } finally {
        other.destroyForcibly().waitFor();
      }
    } finally {
      if (objects != null) {
        objects.close();
      }
    }
  }

  /** What the program has made in the namespace of the machine, as its status names it. */
  private record HostObjects(String state) implements AutoCloseable {
    /** The segment that both tasks have attached once. */
    String attached() {
      return state
          .lines()
          .filter(line -> line.endsWith(",2"))
          .findFirst()
          .orElseThrow()
          .replaceAll("^shm([0-9]+)=.*", "$1");
    }

    @Override
    public void close() throws IOException, InterruptedException {
      for (String line : state.lines().toList()) {
        String id = line.replaceAll("^[a-z]+([0-9]+)=.*", "$1");
        String kind = line.startsWith("shm") ? "-m" : line.startsWith("sem") ? "-s" : "-q";
        new ProcessBuilder("ipcrm", kind, id).start().waitFor();
      }
    }
  }

  /** What is to be undone nobody can see; that there may be something, one can. */
  @Test
  void operationsToBeUndoneAreNamed() {
    try (Running running = new Running(StatusFileSubject.compiled("sysv", "undo"))) {
      Engine.Outcome dumped = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      dumped.assertSucceeded();
      assertThat(dumped.log().lines().filter(line -> line.contains("SEM_UNDO")))
          .singleElement()
          .asString()
          .contains("Warn", "task " + running.root + " may have semaphore operations");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "huge, SHM_HUGETLB, plain pages",
    "forgotten, kernel.shm_rmid_forced=1, attach or remove it",
    "stranger, another namespace's, detached before the dump"
  })
  void othersAreRefusedAndGoOn(String kind, String message, String remedy) {
    try (Running running = new Running(StatusFileSubject.compiled("sysv", kind))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused(message, remedy);
      running.awaitProgress(running.progress(), 3);
    }
  }
}
