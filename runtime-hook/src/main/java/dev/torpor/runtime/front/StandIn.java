// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.error.IoReason;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Memfd;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Pidfd;
import dev.torpor.linux.Prctl;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.Wait;
import dev.torpor.oci.Bundle;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The init of a container that crun has created and nobody starts. It runs nothing of the
 * container's: its hooks and its terminal are taken out of the configuration.
 */
final class StandIn {
  private final CrunContainer container;
  private final int pid;
  private int pidfd;

  private StandIn(CrunContainer container, int pid) {
    this.container = container;
    this.pid = pid;
    this.pidfd = Pidfd.pidfdOpen(pid, 0);
  }

  /**
   * Has crun create the container.
   *
   * @throws OptionException with what crun says, such as that there is one of this name already
   */
  static StandIn create(
      Fronted crun, RuntimeArguments arguments, CrunContainer container, Bundle bundle)
      throws IOException {
    int config = Memfd.memfdCreate("torpor-config", Memfd.MFD_CLOEXEC);
    try {
      byte[] json = bundle.spec().standIn().toJson();
      try (NativeMemory copy = NativeMemory.allocate(json.length)) {
        Unistd.writeAll(config, copy.putBytes(0, json));
      }
      List<String> words = new ArrayList<>(arguments.globals());
      words.addAll(List.of("create", "--bundle", bundle.directory().toString()));
      words.addAll(List.of("--config", "/proc/" + Unistd.getpid() + "/fd/" + config));
      if (arguments.on(Flag.NO_PIVOT)) {
        words.add("--no-pivot");
      }
      words.add(arguments.id());
      // Whose parent ends becomes ours, and nobody else has to reap it.
      Prctl.setChildSubreaper(true);
      crun.require(words);
    } finally {
      Unistd.close(config);
    }
    return new StandIn(container, container.status().pid());
  }

  /**
   * Puts a task where the init is, unless it is there already or below: images say nothing of
   * cgroups if they were not to ({@code --manage-cgroups-mode ignore}), but crun looks for its
   * container in the container's cgroup.
   *
   * @param path of the cgroup, in each hierarchy that crun manages
   */
  void putInItsCgroups(int task, String path) {
    String[] its = ProcFs.text("/proc/" + task + "/cgroup").split("\n", -1);
    for (String line : ProcFs.text("/proc/" + pid + "/cgroup").split("\n", -1)) {
      if (line.endsWith(':' + path) && !isBelow(line, its)) {
        String controllers = line.split(":", 3)[1];
        Path procs = hierarchy(controllers).resolve(path.substring(1)).resolve("cgroup.procs");
        try {
          Files.writeString(procs, Integer.toString(task));
        } catch (IOException e) {
          throw new OptionException(procs + " cannot be written: " + IoReason.of(e));
        }
      }
    }
  }

  private static boolean isBelow(String cgroup, String[] others) {
    for (String other : others) {
      if ((other + '/').startsWith(cgroup + '/')) {
        return true;
      }
    }
    return false;
  }

  /** Where runc and crun expect a hierarchy. */
  private static Path hierarchy(String controllers) {
    Path all = Path.of("/sys/fs/cgroup");
    if (!controllers.isEmpty()) {
      return all.resolve(controllers.replace("name=", ""));
    }
    return Files.exists(all.resolve("cgroup.controllers")) ? all : all.resolve("unified");
  }

  /** Ends the init; the container's cgroups stay. */
  void end() {
    if (pidfd < 0) {
      return;
    }
    try {
      Pidfd.pidfdSendSignal(pidfd, Signal.SIGKILL);
    } catch (ErrnoException e) {
      // It is over already.
    }
    Wait.wait4(pid, Wait.__WALL);
    Unistd.close(pidfd);
    pidfd = -1;
  }

  /** Ends it and has crun forget the container. */
  void remove() {
    end();
    try {
      container.command("delete", "--force");
    } catch (OptionException e) {
      System.err.println("torpor-runtime: " + e.getMessage());
    }
  }
}
