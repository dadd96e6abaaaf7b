// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import dev.torpor.core.Notifier;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import dev.torpor.linux.Unistd;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Operation;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.rpc.RequestSetup.Kind;

/**
 * A request that a front end of this very process makes: options as a runtime would send them, so
 * that their precedence, directories and log are those of CRIU's RPC.
 */
public final class LocalRequest {
  private final criu_opts options;
  private final Engine engine;
  private final OptionSources sources;

  /**
   * Prepares a request.
   *
   * @param options with {@code images_dir}; descriptors in it are this process's
   */
  public LocalRequest(criu_opts options, Engine engine, OptionSources sources) {
    this.options = options;
    this.engine = engine;
    this.sources = sources;
  }

  /**
   * Dumps; what it throws stands in the log.
   *
   * @return 0, or the post-dump scripts' status, which let the tasks live
   */
  public int dump() {
    try (RequestSetup setup = open(criu_req_type.DUMP, Kind.DUMP)) {
      try {
        return operation(setup).dump();
      } catch (RuntimeException | Error e) {
        Operation.report(setup.log(), e);
        throw e;
      }
    }
  }

  /**
   * Restores; what it throws stands in the log.
   *
   * @param notifier is told of the stages
   * @return pid of the root task
   */
  public int restore(Notifier notifier) {
    try (RequestSetup setup = open(criu_req_type.RESTORE, Kind.RESTORE)) {
      try {
        return operation(setup).notifying(notifier).restore();
      } catch (RuntimeException | Error e) {
        Operation.report(setup.log(), e);
        throw e;
      }
    }
  }

  private RequestSetup open(criu_req_type type, Kind kind) {
    criu_req request = criu_req.newBuilder().setType(type).setOpts(options).build();
    return RequestSetup.open(request, kind, Unistd.getpid(), sources);
  }

  private Operation operation(RequestSetup setup) {
    return new Operation(engine, setup.options(), setup.directories(), setup.log());
  }
}
