// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;

/** A client of {@link Workload#WEB} on an engine's host, with one connection that stays open. */
final class WebClient implements AutoCloseable {
  private final Process process;

  WebClient(EngineHost host, String address) {
    String program = Settings.source("programs/ask.py").toString();
    process = host.open("/usr/bin/python3", program, address, "8000");
  }

  /** The next answer; null if the connection is gone. */
  String ask() throws IOException {
    process.outputWriter().write("\n");
    process.outputWriter().flush();
    return process.inputReader().readLine();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
