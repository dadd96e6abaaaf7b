// SPDX-License-Identifier: Apache-2.0
package dev.torpor.examples;

import dev.torpor.inject.Answers;
import dev.torpor.inject.Data;
import dev.torpor.inject.Injector;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;

/** Asks a running process what only itself can tell: {@code AskProcess PID}. */
public final class AskProcess {
  private AskProcess() {}

  /** Prints name, parent death signal and umask of the process. */
  public static void main(String[] args) {
    try (Injector injector = Injector.attach(Integer.parseInt(args[0]))) {
      Program program = injector.program();
      Data name = program.reserve(16);
      program.call("asking for its name", Nr.SYS_prctl).arg(Prctl.PR_GET_NAME).arg(name);
      Data signal = program.reserve(4);
      program.call("asking for its signal", Nr.SYS_prctl).arg(Prctl.PR_GET_PDEATHSIG).arg(signal);
      Op umask = program.call("setting its umask", Nr.SYS_umask).arg(0);
      program.call("putting its umask back", Nr.SYS_umask).arg(umask).expect(0);
      Answers answers = injector.run(program);
      System.out.println("name " + answers.getString(name));
      System.out.println("parent death signal " + answers.getInt(signal, 0));
      System.out.println("umask 0" + Long.toOctalString(answers.result(umask)));
    }
  }
}
