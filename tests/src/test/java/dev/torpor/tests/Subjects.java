// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.util.List;

/** The programs of the four-way matrix. */
final class Subjects {
  private Subjects() {}

  static List<Subject> all() {
    return List.of(
        new StatusFileSubject(
            "shell",
            List.of("/bin/sh", Settings.source("programs/loop.sh").toString(), "DIR"),
            false,
            true),
        new StatusFileSubject(
            "python",
            List.of("/usr/bin/python3", Settings.source("programs/worker.py").toString(), "DIR"),
            true,
            false),
        new RedisSubject(),
        StatusFileSubject.compiled("threads", "500"),
        StatusFileSubject.compiled("memory", "32"),
        StatusFileSubject.compiled("prefork", "16"),
        StatusFileSubject.compiled("registers"),
        StatusFileSubject.compiled("attributes"),
        StatusFileSubject.compiled("terminals"),
        StatusFileSubject.compiled("signalfd"),
        StatusFileSubject.compiled("timerfd"),
        StatusFileSubject.object("watched"),
        StatusFileSubject.compiled("memfd"),
        StatusFileSubject.compiled("sysv"),
        StatusFileSubject.compiled("zombies"));
  }
}
