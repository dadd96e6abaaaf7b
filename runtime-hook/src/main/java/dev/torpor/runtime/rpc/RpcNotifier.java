// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import dev.torpor.core.Log;
import dev.torpor.core.Notifier;
import dev.torpor.image.proto.criu_notify;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import dev.torpor.image.proto.criu_resp;

/** Tells the client of each step and waits for its word; runc runs hooks and adopts pids there. */
final class RpcNotifier implements Notifier {
  private static final int REFUSED = 1;

  private final RpcSocket socket;
  private final Log log;

  RpcNotifier(RpcSocket socket, Log log) {
    this.socket = socket;
    this.log = log;
  }

  @Override
  public int notify(Action action, int pid) {
    log.debug("Running " + action.scriptName() + " scripts");
    criu_notify.Builder notify = criu_notify.newBuilder().setScript(action.scriptName());
    // CRIU names the pid at these two steps only.
    if (action == Action.SETUP_NAMESPACES || action == Action.POST_RESTORE) {
      notify.setPid(pid);
    }
    return ask(action, notify);
  }

  /** As CRIU does: a step like the others, with the descriptor beside the message. */
  @Override
  public boolean give(Action action, int fd) {
    log.debug("Sending the descriptor of " + action.scriptName());
    return ask(action, criu_notify.newBuilder().setScript(action.scriptName()), fd) == 0;
  }

  private int ask(Action action, criu_notify.Builder notify, int... fds) {
    socket.send(
        criu_resp
            .newBuilder()
            .setType(criu_req_type.NOTIFY)
            // Every client takes false for the end of the operation.
            .setSuccess(true)
            .setNotify(notify)
            .build(),
        fds);
    criu_req answer = socket.receive();
    if (answer == null) {
      log.error("RPC client went away at " + action.scriptName() + ": see its own messages");
      return REFUSED;
    }
    if (answer.getType() != criu_req_type.NOTIFY || !answer.getNotifySuccess()) {
      log.error("RPC client reported a failure of " + action.scriptName() + ": see its messages");
      return REFUSED;
    }
    if (answer.getOpts().getExternalCount() > 0) {
      log.error("RPC client names external files at query-ext-files: give them in the request");
      return REFUSED;
    }
    return 0;
  }
}
