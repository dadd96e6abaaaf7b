// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.core.Notifier;
import dev.torpor.image.proto.cgroup_root;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.inherit_fd;
import dev.torpor.oci.Bundle;
import dev.torpor.oci.CrunStatus;
import dev.torpor.oci.Descriptors;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.rpc.LocalRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code restore} of a container that is crun's afterwards. crun itself creates it, without hooks
 * and with an init that never starts ({@link StandIn}): cgroups with their limits, by whichever
 * manager, mount points and state are then as this very crun makes them. The restored tree takes
 * that init's place.
 */
final class CrunRestore {
  private final Fronted crun;
  private final RuntimeArguments arguments;
  private final CrunContainer container;
  private final Engine engine;
  private final OptionSources sources;

  CrunRestore(
      Fronted crun,
      RuntimeArguments arguments,
      CrunContainer container,
      Engine engine,
      OptionSources sources) {
    this.crun = crun;
    this.arguments = arguments;
    this.container = container;
    this.engine = engine;
    this.sources = sources;
  }

  /** Restores; there is no container if this throws. */
  void run() throws IOException {
    refuse();
    // Java would take it from the directory that it was started in.
    Path given = Path.of("/proc/self/cwd").resolve(arguments.text(Flag.BUNDLE, ""));
    Bundle bundle = Bundle.open(given.toRealPath());
    Descriptors descriptors = Descriptors.read(arguments.images().resolve(Descriptors.FILE_NAME));
    StandIn standIn = StandIn.create(crun, arguments, container, bundle);
    try {
      CrunStatus status = container.status();
      criu_opts options = options(bundle, status, descriptors);
      StartHooks hooks =
          new StartHooks(bundle.spec(), arguments.id(), bundle.directory().toString());
      int pid =
          new LocalRequest(options, engine, sources).restore(new Stages(standIn, hooks, status));
      standIn.end();
      takePlace(bundle, status, pid);
    } catch (RuntimeException | Error | IOException e) {
      standIn.remove();
      throw e;
    }
  }

  private void refuse() {
    if (!arguments.on(Flag.DETACH)) {
      throw new OptionException(
          "restore over crun does not wait for the container's end: give --detach, and delete the"
              + " container when it has ended");
    }
    if (!arguments.text(Flag.PRESERVE_FDS, "0").equals("0")) {
      throw new OptionException(
          "--preserve-fds: a restored program has the descriptors that its images say: leave it out");
    }
  }

  private criu_opts options(Bundle bundle, CrunStatus status, Descriptors descriptors) {
    criu_opts.Builder into = CrunOptions.of(arguments, bundle.spec(), "restore.log");
    into.setRoot(status.root().toString()).setTcpClose(arguments.on(Flag.TCP_CLOSE));
    for (int fd = 0; fd < descriptors.targets().size(); fd++) {
      if (descriptors.isPipe(fd)) {
        into.addInheritFd(inherit_fd.newBuilder().setKey(descriptors.targets().get(fd)).setFd(fd));
      }
    }
    if (arguments.on(Flag.LSM_PROFILE)) {
      into.setLsmProfile(arguments.text(Flag.LSM_PROFILE));
    }
    if (arguments.on(Flag.LSM_MOUNT_CONTEXT)) {
      into.setLsmMountContext(arguments.text(Flag.LSM_MOUNT_CONTEXT));
    }
    if (status.hasCgroup()) {
      into.addCgRoot(cgroup_root.newBuilder().setPath(status.cgroupPath()));
    }
    new CrunMounts(bundle.spec(), status.root(), container.emptyDirectory()).ofRestore(into);
    new CrunNamespaces(bundle.spec(), arguments).ofRestore(into, engine);
    return into.build();
  }

  /** crun's state, and the caller's file, name the restored tree from here on. */
  private void takePlace(Bundle bundle, CrunStatus status, int pid) throws IOException {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    Descriptors now =
        new Descriptors(
            List.of(proc.link(pid, "fd/0"), proc.link(pid, "fd/1"), proc.link(pid, "fd/2")));
    container.become(
        status.of(pid, CrunContainer.startTime(pid), now),
        bundle.directory().resolve("config.json"));
    if (arguments.on(Flag.PID_FILE)) {
      Files.write(
          Path.of(arguments.text(Flag.PID_FILE)),
          Integer.toString(pid).getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** What happens on the way. */
  private final class Stages implements Notifier {
    private final StandIn standIn;
    private final StartHooks hooks;
    private final CrunStatus status;

    Stages(StandIn standIn, StartHooks hooks, CrunStatus status) {
      this.standIn = standIn;
      this.hooks = hooks;
      this.status = status;
    }

    @Override
    public int notify(Action action, int pid) {
      if (action == Action.SETUP_NAMESPACES) {
        // The first task is in the cgroup, so that systemd does not take it for over.
        if (status.hasCgroup()) {
          standIn.putInItsCgroups(pid, status.cgroupPath());
        }
        standIn.end();
        hooks.run(pid);
      }
      return 0;
    }

    @Override
    public boolean give(Action action, int fd) {
      if (action != Action.ORPHAN_PTS_MASTER || !arguments.on(Flag.CONSOLE_SOCKET)) {
        return false;
      }
      Console.give(arguments.text(Flag.CONSOLE_SOCKET), fd);
      return true;
    }
  }
}
