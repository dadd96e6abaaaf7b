// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code torpor hook}: installs hooks, and judges what annotations ask for. Hooks themselves are
 * the launcher's, which asks once for each set of annotations that it meets.
 */
public final class HookCommand {
  private static final int OK = 0;
  private static final int FAILED = 1;

  /** The annotations are wrong, as against a fault of ours; the launcher knows it. */
  private static final int REFUSED = 2;

  private final String program;
  private final Path home;
  private final PrintStream err;

  /**
   * Prepares a run.
   *
   * @param program name the user called us by
   * @param home the directory above our {@code bin} and {@code lib}
   */
  public HookCommand(String program, Path home, PrintStream err) {
    this.program = program;
    this.home = home;
    this.err = err;
  }

  /** Runs the words behind {@code hook}, and returns the exit status. */
  public int run(List<String> arguments) {
    String action = arguments.isEmpty() ? "" : arguments.get(0);
    try {
      if (action.equals("check") && arguments.size() > 2) {
        String configured = arguments.size() > 3 ? arguments.get(3) : "";
        return check(arguments.get(1), arguments.get(2), configured.replace("\\/", "/"));
      }
      if ((action.equals("install") || action.equals("remove")) && arguments.size() < 3) {
        InstalledHooks hooks =
            new InstalledHooks(
                arguments.size() > 1 ? Path.of(arguments.get(1)) : InstalledHooks.DIRECTORY);
        return action.equals("install") ? install(hooks) : remove(hooks);
      }
    } catch (OptionException e) {
      err.println(program + ": " + e.getMessage());
      return REFUSED;
    } catch (IOException e) {
      err.println(program + ": hook " + action + ": " + e + ": this needs root");
      return FAILED;
    }
    err.println(
        "Usage: " + program + " hook precreate|createRuntime|poststop, from an engine; by hand:");
    err.println("       " + program + " hook install|remove [DIRECTORY]");
    return FAILED;
  }

  private int install(InstalledHooks hooks) throws IOException {
    hooks.install(home.resolve("bin/torpor"));
    return OK;
  }

  private int remove(InstalledHooks hooks) throws IOException {
    hooks.remove();
    return OK;
  }

  private int check(String stage, String name, String configured) throws IOException {
    OptionsFile file = new OptionsFile(OptionsFile.DIRECTORY, name);
    file.make();
    if (stage.equals("createRuntime") && !file.configuration().isEmpty()) {
      checkEffect(file, configured);
    }
    return OK;
  }

  /** What precreate has not put there has no effect, and nobody would say so. */
  private static void checkEffect(OptionsFile file, String configured) {
    String path = file.path().toString();
    if (configured.isEmpty()) {
      throw new OptionException(
          "annotations torpor.* have no effect, as no precreate hook of Torpor has seen this"
              + " container: see to it that the engine runs it, or give the annotation"
              + " org.criu.config="
              + path
              + " as well");
    }
    if (!configured.equals(path)) {
      throw new OptionException(
          "annotation org.criu.config names "
              + configured
              + ", so that annotations torpor.* have no effect: leave it out, or them, and write"
              + " into that file what they ask for");
    }
  }
}
