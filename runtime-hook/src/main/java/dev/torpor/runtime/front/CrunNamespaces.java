// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.inherit_fd;
import dev.torpor.image.proto.join_namespace;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Sched;
import dev.torpor.linux.Unistd;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.engine.Engine;
import dev.torpor.runtime.option.OptionException;
import java.nio.file.Path;

/**
 * The namespaces of a container that config.json gives by path: they are not in the images. Network
 * and pid namespace go by descriptor, under the names that runc and crun use; the others are
 * joined.
 */
final class CrunNamespaces {
  private static final String NET_KEY = "extRootNetNS";
  private static final String PID_KEY = "extRootPidNS";

  private final RuntimeSpec spec;
  private final RuntimeArguments arguments;

  CrunNamespaces(RuntimeSpec spec, RuntimeArguments arguments) {
    this.spec = spec;
    this.arguments = arguments;
  }

  /** Names those of a container for its dump. */
  void ofDump(criu_opts.Builder into, int pid) {
    ProcFs proc = new ProcFs(Path.of("/proc"));
    if (path("network") != null) {
      into.addExternal(external(proc.link(pid, "ns/net"), NET_KEY));
    }
    if (path("pid") != null) {
      into.addExternal(external(proc.link(pid, "ns/pid"), PID_KEY));
    }
    network(into);
  }

  /** {@code net[4026531840]:KEY} for {@code net:[4026531840]}. */
  private static String external(String link, String key) {
    return link.replace(":[", "[") + ':' + key;
  }

  /** Says for a restore what they are now. */
  void ofRestore(criu_opts.Builder into, Engine engine) {
    inherit(into, engine, path("network"), NET_KEY);
    inherit(into, engine, path("pid"), PID_KEY);
    join(into, "ipc", path("ipc"));
    join(into, "uts", path("uts"));
    join(into, "time", path("time"));
    network(into);
  }

  /**
   * A network that hooks set up is theirs to set up again, as runc has it for all that are not
   * given by path.
   */
  private void network(criu_opts.Builder into) {
    String asked = arguments.text(Flag.EMPTY_NS);
    if (asked != null && !asked.equals("network")) {
      throw new OptionException("--empty-ns " + asked + ": only network can come back empty");
    }
    boolean own = spec.namespace("network") != null && path("network") == null;
    if (own && (asked != null || !StartHooks.of(spec).isEmpty())) {
      into.setEmptyNs((int) Sched.CLONE_NEWNET);
    }
  }

  private String path(String type) {
    RuntimeSpec.Namespace namespace = spec.namespace(type);
    return namespace == null || "".equals(namespace.path()) ? null : namespace.path();
  }

  private static void inherit(criu_opts.Builder into, Engine engine, String path, String key) {
    if (path == null) {
      return;
    }
    try {
      int fd = Fcntl.open(path, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
      into.addInheritFd(inherit_fd.newBuilder().setKey(key).setFd(engine.lend(fd)));
      Unistd.close(fd);
    } catch (ErrnoException e) {
      throw new OptionException(
          "config.json: namespace " + path + " cannot be given: " + e.getMessage());
    }
  }

  private static void join(criu_opts.Builder into, String kind, String path) {
    if (path != null) {
      into.addJoinNs(join_namespace.newBuilder().setNs(kind).setNsFile(path));
    }
  }
}
