// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.core.UnsupportedException;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Job;

/** Hands jobs to the core: the one place where options change their shape. */
final class CoreEngine implements Engine {
  @Override
  public Dumped dump(Job job) {
    throw new UnsupportedException("process " + job.options().treePid(), "dump is being built");
  }

  @Override
  public Restored restore(Job job) {
    throw new UnsupportedException(job.directories().images().toString(), "restore is being built");
  }
}
