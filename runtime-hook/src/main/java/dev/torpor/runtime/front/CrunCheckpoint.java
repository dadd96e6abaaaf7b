// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_page_server_info;
import dev.torpor.oci.CrunStatus;
import dev.torpor.oci.Descriptors;
import dev.torpor.oci.OciException;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.proc.MountInfo;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.rpc.LocalRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code checkpoint} of a container of crun, which may have been built without CRIU: dumped as crun
 * would have it dumped, then deleted by crun.
 */
final class CrunCheckpoint {
  private static final String CGROUPS = "/sys/fs/cgroup";

  private final RuntimeArguments arguments;
  private final CrunContainer container;
  private final Engine engine;
  private final OptionSources sources;

  CrunCheckpoint(
      RuntimeArguments arguments, CrunContainer container, Engine engine, OptionSources sources) {
    this.arguments = arguments;
    this.container = container;
    this.engine = engine;
    this.sources = sources;
  }

  /** Dumps; the container goes on if this throws. */
  void run() throws IOException {
    if (arguments.on(Flag.PRE_DUMP)) {
      throw new OptionException(
          "--pre-dump is not supported yet: checkpoint at once, or use crun with CRIU for it");
    }
    CrunStatus status = container.status();
    if (!CrunContainer.runs(status)) {
      throw new OptionException(
          "container " + arguments.id() + " is not running: only a running one can be dumped");
    }
    CrunOptions.makeDirectory(arguments.images());
    Descriptors descriptors = status.descriptors("status of container " + arguments.id());
    Files.write(arguments.images().resolve(Descriptors.FILE_NAME), descriptors.toJson());
    criu_opts options = options(status, container.spec());
    if (new LocalRequest(options, engine, sources).dump() != 0) {
      throw new OptionException("a post-dump script let the container go on: see its messages");
    }
    if (!arguments.on(Flag.LEAVE_RUNNING)) {
      container.command("delete", "--force");
    }
  }

  private criu_opts options(CrunStatus status, RuntimeSpec spec) throws OciException {
    criu_opts.Builder into = CrunOptions.of(arguments, spec, "dump.log");
    into.setPid(status.pid())
        .setRoot(status.root().toString())
        .setLeaveRunning(arguments.on(Flag.LEAVE_RUNNING))
        .setTcpSkipInFlight(arguments.on(Flag.TCP_SKIP_IN_FLIGHT))
        .setLinkRemap(arguments.on(Flag.LINK_REMAP));
    if (arguments.on(Flag.PARENT_PATH)) {
      into.setParentImg(arguments.text(Flag.PARENT_PATH)).setTrackMem(true);
    }
    if (arguments.on(Flag.PAGE_SERVER)) {
      into.setPs(criu_page_server_info.newBuilder().setAddress(arguments.text(Flag.PAGE_SERVER)));
    }
    freezer(into, status);
    ProcFs proc = new ProcFs(Path.of("/proc"));
    new CrunMounts(spec, status.root(), container.emptyDirectory())
        .ofDump(into, MountInfo.read(proc, status.pid()));
    new CrunNamespaces(spec, arguments).ofDump(into, status.pid());
    return into.build();
  }

  private static void freezer(criu_opts.Builder into, CrunStatus status) {
    if (status.hasCgroup()) {
      boolean unified = Files.exists(Path.of(CGROUPS, "cgroup.controllers"));
      into.setFreezeCgroup(CGROUPS + (unified ? "" : "/freezer") + status.cgroupPath());
    }
  }
}
