// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Unistd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where options come from, weakest first: {@code /etc/criu/default.conf}, {@code
 * $HOME/.criu/default.conf}, the file in {@code $CRIU_CONFIG_FILE}, the file of {@code --config}
 * (which switches the first two off), the command line.
 */
public final class OptionSources {
  static final String COMMAND_LINE = "command line";

  private final Path etc;
  private final Map<String, String> environment;
  private final List<String> notes = new ArrayList<>();

  /**
   * Prepares the sources.
   *
   * @param etc the directory that holds {@code criu/default.conf}
   * @param environment the caller's environment
   */
  public OptionSources(Path etc, Map<String, String> environment) {
    this.etc = etc;
    this.environment = environment;
  }

  /** What deserves a line in the log: files read, files that could not be looked for. */
  public List<String> notes() {
    return notes;
  }

  /**
   * Merges all sources of a command line.
   *
   * @param arguments the words after the program's name
   * @param into takes the options
   * @return the words that are not options
   */
  public List<String> commandLine(List<String> arguments, OptionsBuilder into) {
    OptionsBuilder probe = new OptionsBuilder();
    OptionParser.parse(arguments, COMMAND_LINE, probe);
    if (probe.on(Opt.HELP) || probe.on(Opt.VERSION)) {
      // Help must be shown even when a configuration file is broken.
      return OptionParser.parse(arguments, COMMAND_LINE, into);
    }
    String config = probe.text(Opt.CONFIG);
    defaults(config == null && !probe.on(Opt.NO_DEFAULT_CONFIG), into);
    if (config != null) {
      read(config, into);
    }
    return OptionParser.parse(arguments, COMMAND_LINE, into);
  }

  /** Merges what holds without a command line, the beginning of every RPC request. */
  public void defaults(OptionsBuilder into) {
    defaults(true, into);
  }

  private void defaults(boolean standardFiles, OptionsBuilder into) {
    if (standardFiles) {
      read(etc + "/criu/default.conf", into);
      String home = environment.get("HOME");
      if (home == null) {
        notes.add("Unable to get $HOME directory, local configuration file will not be used.");
      } else if (!canBeSearched(home)) {
        // Somebody else's, as after setpriv or sudo. CRIU does not read it either.
        notes.add(home + " cannot be searched, local configuration file will not be used.");
      } else {
        read(home + "/.criu/default.conf", into);
      }
    }
    String file = environment.get("CRIU_CONFIG_FILE");
    if (file != null) {
      read(file, into);
    }
  }

  private static boolean canBeSearched(String directory) {
    try {
      Unistd.close(Fcntl.open(directory + "/.", Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0));
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  private void read(String file, OptionsBuilder into) {
    if (ConfigFile.read(file, into)) {
      notes.add("Parsing config file " + file);
    }
  }
}
