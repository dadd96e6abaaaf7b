// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import dev.torpor.image.proto.criu_dump_resp;
import dev.torpor.image.proto.criu_features;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.image.proto.criu_req_type;
import dev.torpor.image.proto.criu_resp;
import dev.torpor.image.proto.criu_restore_resp;
import dev.torpor.image.proto.criu_version;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Wait;
import dev.torpor.runtime.engine.CpuInfo;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.engine.Operation;
import dev.torpor.runtime.engine.Version;
import dev.torpor.runtime.hook.RestoredContainer;
import dev.torpor.runtime.kernel.KernelCheck;
import dev.torpor.runtime.option.CpuCaps;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.rpc.RequestSetup.Kind;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/**
 * Serves one client on an inherited socket, the way runc, crun (libcriu), youki and go-criu call
 * CRIU, or on a connection to a service; requests, answers and exit statuses are those of CRIU
 * 4.2's {@code swrk}.
 */
public final class Swrk {
  /** What CRIU's -1 comes to. */
  private static final int EXIT_PROTOCOL = 255;

  private final RpcSocket socket;
  private final Engine engine;
  private final OptionSources sources;
  private final KernelCheck kernelCheck;
  private final PrintStream err;
  private boolean ofService;

  /**
   * Prepares to serve.
   *
   * @param fd the socket, SOCK_SEQPACKET
   * @param err takes what can be said nowhere else
   */
  public Swrk(
      int fd, Engine engine, OptionSources sources, KernelCheck kernelCheck, PrintStream err) {
    this.socket = new RpcSocket(fd);
    this.engine = engine;
    this.sources = sources;
    this.kernelCheck = kernelCheck;
    this.err = err;
  }

  /**
   * Serves requests until one ends the connection.
   *
   * @return exit status: 0 done, 1 dump or restore failed, 255 no request could be understood
   */
  public int serve() {
    try {
      int status;
      criu_req request;
      do {
        request = socket.receive();
        if (request == null || (request.getKeepOpen() && !mayStayOpen(request.getType()))) {
          return EXIT_PROTOCOL;
        }
        status = answer(request);
      } while (status == 0 && request.getKeepOpen());
      return status;
    } catch (ErrnoException | OptionException e) {
      err.println("torpor: swrk: " + e.getMessage());
      return EXIT_PROTOCOL;
    }
  }

  /** As {@link #serve}, for a client of a service: it has not started us, nor given descriptors. */
  public int serveConnection() {
    ofService = true;
    return serve();
  }

  private static boolean mayStayOpen(criu_req_type type) {
    return switch (type) {
      case VERSION, FEATURE_CHECK, CPUINFO_DUMP, CPUINFO_CHECK, PAGE_SERVER, PAGE_SERVER_CHLD ->
          true;
      default -> false;
    };
  }

  private int answer(criu_req request) {
    if (!request.hasType()) {
      return invalid("RPC request type is unknown: CRIU 4.2 has 0 to 13");
    }
    return switch (request.getType()) {
      case DUMP -> dump(request);
      case RESTORE -> restore(request);
      default -> answerAtOnce(request);
    };
  }

  private int answerAtOnce(criu_req request) {
    try {
      UnknownFields.refuse(request);
    } catch (OptionException e) {
      return invalid(e.getMessage());
    }
    return switch (request.getType()) {
      case CHECK -> check();
      case FEATURE_CHECK -> featureCheck();
      case VERSION -> version();
      case PRE_DUMP, SINGLE_PRE_DUMP -> preDump(request);
      case PAGE_SERVER, PAGE_SERVER_CHLD ->
          unsupported(criu_req_type.PAGE_SERVER, "page server", "write images to a directory");
      case CPUINFO_DUMP, CPUINFO_CHECK -> cpuinfo(request);
      case WAIT_PID -> waitPid(request.getPid());
      case EMPTY, NOTIFY, DUMP, RESTORE ->
          invalid("RPC request of type " + request.getType() + " does not start anything");
    };
  }

  private int dump(criu_req request) {
    criu_resp.Builder response =
        criu_resp
            .newBuilder()
            .setType(criu_req_type.DUMP)
            .setDump(criu_dump_resp.newBuilder().setRestored(false));
    int peerPid = socket.peerPid();
    boolean self = !request.getOpts().hasPid() || request.getOpts().getPid() == 0;
    boolean success = false;
    try (RequestSetup setup = RequestSetup.open(request, Kind.DUMP, peerPid, sources)) {
      try {
        refuseFrozenClient(setup, peerPid);
        success = operation(setup).dump() == 0;
        if (!success) {
          response.setCrErrmsg(firstError(setup));
        }
      } catch (RuntimeException | Error e) {
        failed(response, setup, e);
      }
    } catch (OptionException e) {
      failed(response, e);
    }
    // Who dumps itself and does not go on is not there to hear of it.
    if (!success || !self || request.getOpts().getLeaveRunning()) {
      socket.send(response.setSuccess(success).build());
    }
    return success ? 0 : 1;
  }

  private int restore(criu_req request) {
    criu_resp.Builder response = criu_resp.newBuilder().setType(criu_req_type.RESTORE);
    int peerPid = socket.peerPid();
    int rootPid = -1;
    try (RequestSetup setup = RequestSetup.open(request, Kind.RESTORE, peerPid, sources)) {
      try {
        rootPid = operation(setup).restore();
        if (request.getOpts().getExecCmdCount() > 0) {
          become(request.getOpts().getExecCmdList(), setup);
        }
      } catch (RuntimeException | Error e) {
        failed(response, setup, e);
      }
    } catch (OptionException e) {
      failed(response, e);
    }
    boolean success = rootPid > 0;
    response.setRestore(criu_restore_resp.newBuilder().setPid(rootPid));
    try {
      socket.send(response.setSuccess(success).build());
    } catch (ErrnoException e) {
      // CRIU's status, too; but CRIU leaves a tree running that its caller must take for failed.
      err.println(
          "torpor: swrk: nobody hears the answer"
              + (success ? ", so that the restored tree is ended: " : ": ")
              + e.getMessage());
      success = false;
    }
    if (success) {
      note(rootPid, peerPid);
    }
    return success ? 0 : 1;
  }

  /** The tree runs: nothing that goes wrong from here on is a failure of the restore. */
  private static void note(int rootPid, int peerPid) {
    try {
      RestoredContainer.note(rootPid, peerPid);
    } catch (IOException | RuntimeException e) {
      // Then it is not listed. The client is no runtime, as a rule.
      return;
    }
  }

  private void become(List<String> command, RequestSetup setup) {
    for (int i = 0; i < command.size(); i++) {
      RequestOptions.known("exec_cmd", command.get(i));
    }
    engine.become(command, setup.directories().workFd(), setup.log().fd());
  }

  /**
   * @throws OptionException for what only the parent of its criu can ask for
   */
  private void refuseForeign(criu_opts options) {
    if (!ofService) {
      return;
    }
    String field =
        options.getRstSibling()
            ? "rst_sibling"
            : options.getInheritFdCount() > 0
                ? "inherit_fd"
                : options.getPs().hasFd() ? "ps.fd" : null;
    if (field != null) {
      throw new OptionException(
          "RPC field " + field + " is not for a service: start criu swrk, as libcriu does");
    }
  }

  /** A client that is dumped is frozen when it is told of most steps; CRIU waits for ever then. */
  private static void refuseFrozenClient(RequestSetup setup, int peerPid) {
    if (!setup.notifiesClient()) {
      return;
    }
    int root = setup.options().treePid();
    ProcessHandle above = ProcessHandle.of(peerPid).orElse(null);
    while (above != null) {
      if (above.pid() == root) {
        throw new OptionException(
            "RPC field notify_scripts: process "
                + peerPid
                + " is part of the tree to be dumped, and cannot answer while that is frozen: leave"
                + " it out");
      }
      above = above.parent().orElse(null);
    }
  }

  private Operation operation(RequestSetup setup) {
    refuseForeign(setup.request());
    setup.cameOver(socket);
    Operation operation = new Operation(engine, setup.options(), setup.directories(), setup.log());
    return setup.notifiesClient()
        ? operation.notifying(new RpcNotifier(socket, setup.log()))
        : operation;
  }

  private static String firstError(RequestSetup setup) {
    String first = setup.log().firstError();
    return first == null ? "a post-dump script let the tasks live" : first;
  }

  private static void failed(criu_resp.Builder response, RequestSetup setup, Throwable failure) {
    Operation.report(setup.log(), failure);
    response.setCrErrmsg(setup.log().firstError());
    errno(response, failure);
  }

  /** Without a log: only the answer and descriptor 2 are there to tell. */
  private void failed(criu_resp.Builder response, OptionException failure) {
    err.println("torpor: swrk: " + failure.getMessage());
    response.setCrErrmsg(failure.getMessage());
    errno(response, failure);
  }

  private static void errno(criu_resp.Builder response, Throwable failure) {
    int errno = Operation.errno(failure);
    if (errno != 0) {
      response.setCrErrno(errno);
    }
  }

  private int cpuinfo(criu_req request) {
    criu_resp.Builder response = criu_resp.newBuilder().setType(request.getType());
    boolean success = false;
    try (RequestSetup setup = RequestSetup.open(request, Kind.DUMP, socket.peerPid(), sources)) {
      try {
        CpuCaps caps = setup.options().cpuCaps();
        if (request.getType() == criu_req_type.CPUINFO_DUMP) {
          CpuInfo.dump(setup.directories());
        } else {
          CpuInfo.check(setup.directories(), caps);
        }
        success = true;
      } catch (RuntimeException | Error e) {
        failed(response, setup, e);
      }
    } catch (OptionException e) {
      failed(response, e);
    }
    socket.send(response.setSuccess(success).build());
    return 0;
  }

  /** Of children of ours. There are none, as long as no page server is started. */
  private int waitPid(int pid) {
    criu_resp.Builder response = criu_resp.newBuilder().setType(criu_req_type.WAIT_PID);
    try {
      response.setStatus(Wait.wait4(pid, 0).status()).setSuccess(true);
    } catch (ErrnoException e) {
      String text = "process " + pid + " is not waited for: " + e.getMessage();
      response.setSuccess(false).setCrErrno(e.errno()).setCrErrmsg(text);
    }
    socket.send(response.build());
    return 0;
  }

  private int check() {
    String missing = kernelCheck.firstMissing();
    criu_resp.Builder response =
        criu_resp.newBuilder().setType(criu_req_type.CHECK).setSuccess(missing == null);
    if (missing != null) {
      response.setCrErrmsg(missing);
    }
    socket.send(response.build());
    return 0;
  }

  private int featureCheck() {
    // None of the three is used yet, whatever the kernel has: incremental dumps, lazy pages.
    criu_features.Builder none =
        criu_features.newBuilder().setMemTrack(false).setLazyPages(false).setPidfdStore(false);
    socket.send(
        criu_resp
            .newBuilder()
            .setType(criu_req_type.FEATURE_CHECK)
            .setSuccess(true)
            .setFeatures(none)
            .build());
    return 0;
  }

  private int version() {
    socket.send(
        criu_resp
            .newBuilder()
            .setType(criu_req_type.VERSION)
            .setSuccess(true)
            .setVersion(
                criu_version
                    .newBuilder()
                    .setMajorNumber(Version.MAJOR)
                    .setMinorNumber(Version.MINOR))
            .build());
    return 0;
  }

  /** Engines look into the log for why it failed. */
  private int preDump(criu_req request) {
    String text = unsupported("pre-dump", "dump at once");
    try (RequestSetup setup = RequestSetup.open(request, Kind.DUMP, socket.peerPid(), sources)) {
      setup.log().error(text);
    } catch (OptionException e) {
      err.println("torpor: swrk: " + e.getMessage());
    }
    refuse(request.getType(), text);
    return EXIT_PROTOCOL;
  }

  private int unsupported(criu_req_type type, String what, String wayOut) {
    refuse(type, unsupported(what, wayOut));
    return 0;
  }

  private static String unsupported(String what, String wayOut) {
    return what + " is not supported yet: " + wayOut + " or use CRIU for it";
  }

  private void refuse(criu_req_type type, String text) {
    socket.send(criu_resp.newBuilder().setType(type).setSuccess(false).setCrErrmsg(text).build());
  }

  private int invalid(String text) {
    socket.send(
        criu_resp
            .newBuilder()
            .setType(criu_req_type.EMPTY)
            .setSuccess(false)
            .setCrErrmsg(text)
            .build());
    return EXIT_PROTOCOL;
  }
}
