// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import dev.torpor.core.Checkpointer;
import dev.torpor.core.DumpOptions;
import dev.torpor.core.Notifier;
import dev.torpor.core.RestoreOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Torpor as a library, in a JVM that {@code bin/torpor} did not start. */
final class Library {
  private Library() {}

  /**
   * {@code dump PID IMAGES}, or {@code restore IMAGES PIDFILE [STAGE]}: at that stage the JVM's
   * launcher is killed. What fails is printed in one line.
   */
  public static void main(String[] args) {
    Checkpointer torpor = Checkpointer.builder().build();
    try {
      if (args[0].equals("dump")) {
        torpor.dump(new DumpOptions(Integer.parseInt(args[1]), Path.of(args[2])));
      } else {
        RestoreOptions options = new RestoreOptions(Path.of(args[1])).pidfile(args[2]);
        torpor.restore(args.length < 4 ? options : options.notifier(killLauncherAt(args[3])));
      }
    } catch (RuntimeException e) {
      System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private static Notifier killLauncherAt(String stage) {
    return (action, pid) -> {
      if (action.scriptName().equals(stage)) {
        ProcessHandle.current().children().forEach(Library::end);
      }
      return 0;
    };
  }

  /** Until it has ended, what it is asked for may still be done. */
  private static void end(ProcessHandle launcher) {
    launcher.destroyForcibly();
    launcher.onExit().join();
  }

  /** The command that runs {@link #main}. */
  static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Library.class.getName());
    command.addAll(List.of(arguments));
    return command;
  }
}
