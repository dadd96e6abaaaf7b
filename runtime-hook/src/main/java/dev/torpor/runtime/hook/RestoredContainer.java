// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.linux.KernelString;
import dev.torpor.oci.ContainerState;
import dev.torpor.oci.OciException;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A container that a runtime has had restored. crun runs no hook at a restore, so that whoever
 * restores for it says what createRuntime would have seen.
 */
public final class RestoredContainer {
  private static final String ASKS = '"' + Annotation.PREFIX;

  private final ProcFs proc;
  private final int runtimePid;
  private final List<String> command;

  private RestoredContainer(ProcFs proc, int runtimePid) {
    this.proc = proc;
    this.runtimePid = runtimePid;
    this.command = Registry.words(proc.text(runtimePid, "cmdline"));
  }

  /**
   * Enters it into the list of those that live, if it asks for that and no hook has done so.
   *
   * @param pid of its first process
   * @param runtimePid of who has asked for the restore
   */
  public static void note(int pid, int runtimePid) throws IOException {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    Registry registry = new Registry(Registry.DIRECTORY, proc);
    if (registry.knows(pid)) {
      return;
    }
    RestoredContainer container = new RestoredContainer(proc, runtimePid);
    String bundle = container.bundle();
    Path config = Path.of(bundle, "config.json");
    // Most do not, and Jackson takes its time. A client that is no runtime has another last word.
    if (container.id().indexOf('/') >= 0
        || !config.toFile().exists()
        || !KernelString.decode(ProcFs.bytes(config.toString())).contains(ASKS)) {
      return;
    }
    registry.add(container.state(pid, bundle, config), container.command, container.monitor());
  }

  /** {@code runtime restore ... --bundle DIRECTORY ... ID}, with either dash and either form. */
  private String bundle() {
    String bundle = "";
    for (int i = 0; i < command.size(); i++) {
      String word = command.get(i);
      if (word.startsWith("--bundle=") || word.startsWith("-bundle=")) {
        bundle = word.substring(word.indexOf('=') + 1);
      } else if (word.equals("--bundle") || word.equals("-bundle") || word.equals("-b")) {
        bundle = i + 1 < command.size() ? command.get(i + 1) : bundle;
      }
    }
    return bundle.startsWith("/") ? bundle : proc.link(runtimePid, "cwd") + '/' + bundle;
  }

  private String id() {
    return command.get(command.size() - 1);
  }

  private ContainerState state(int pid, String bundle, Path config) throws OciException {
    RuntimeSpec spec = RuntimeSpec.read(config);
    return new ContainerState(
        spec.ociVersion(),
        id(),
        LiveContainer.RESTORED_STATUS,
        pid,
        bundle,
        spec.annotations(),
        Map.of());
  }

  private List<String> monitor() {
    int parent = proc.stat(runtimePid, runtimePid).ppid();
    return Registry.words(proc.text(parent, "cmdline"));
  }
}
