// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.error.RestoreException;
import dev.torpor.oci.ContainerState;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.oci.RuntimeSpec.Hook;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The hooks that a restore runs when its namespaces are there, as runc does and crun does not: of
 * {@code prestart}, then of {@code createRuntime}. They get the container's state on standard
 * input.
 */
final class StartHooks {
  /** What runc says at a restore, by which hooks tell it from a start. */
  private static final String STATUS = "stopped";

  private final RuntimeSpec spec;
  private final String id;
  private final String bundle;

  StartHooks(RuntimeSpec spec, String id, String bundle) {
    this.spec = spec;
    this.id = id;
    this.bundle = bundle;
  }

  static List<Hook> of(RuntimeSpec spec) {
    List<Hook> hooks = new ArrayList<>(spec.hooks("prestart"));
    hooks.addAll(spec.hooks("createRuntime"));
    return hooks;
  }

  /**
   * Runs them one after the other.
   *
   * @param pid of the container's init
   * @throws RestoreException for the first that fails
   */
  void run(int pid) {
    ContainerState state =
        new ContainerState(
            spec.ociVersion(), id, STATUS, pid, bundle, spec.annotations(), Map.of());
    for (Hook hook : of(spec)) {
      run(hook, state.toJson());
    }
  }

  private static void run(Hook hook, byte[] state) {
    try {
      Process process = start(hook);
      try (OutputStream input = process.getOutputStream()) {
        input.write(state);
      } catch (IOException notRead) {
        // It need not read what it is told: its status says whether it is content.
      }
      await(hook, process);
    } catch (IOException e) {
      throw failed(hook, "cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Process start(Hook hook) throws IOException {
    // The launcher: Java starts no program under another name than its own.
    List<String> command = new ArrayList<>(List.of("/proc/self/exe", "--run-as", hook.path()));
    command.set(0, "/proc/" + ProcessHandle.current().parent().orElseThrow().pid() + "/exe");
    command.addAll(
        hook.args() == null || hook.args().isEmpty() ? List.of(hook.path()) : hook.args());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    for (String variable : hook.env() == null ? List.<String>of() : hook.env()) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    // Not ours: those are the container's.
    return builder.redirectOutput(Fronted.NOTHING).redirectError(Fronted.NOTHING).start();
  }

  private static void await(Hook hook, Process process) throws InterruptedException {
    if (hook.timeout() != null && !process.waitFor(hook.timeout(), TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
      throw failed(hook, "did not end within its timeout of " + hook.timeout() + " s");
    }
    int status = process.waitFor();
    if (status != 0) {
      throw failed(hook, "exited with " + status);
    }
  }

  private static RestoreException failed(Hook hook, String how) {
    return new RestoreException(
        "hook " + hook.path() + ' ' + how + ": see its own log, or take it out of config.json");
  }
}
