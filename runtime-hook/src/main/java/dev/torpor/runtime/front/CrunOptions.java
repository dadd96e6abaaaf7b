// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import dev.torpor.image.proto.criu_cg_mode;
import dev.torpor.image.proto.criu_network_lock_method;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.linux.Fcntl;
import dev.torpor.oci.Bundle;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Options of both commands as crun sends them to CRIU. */
final class CrunOptions {
  private static final int LOG_LEVEL = 4;
  private static final int NOT_BY_DESCRIPTOR = -1;

  private CrunOptions() {}

  /**
   * Those that dump and restore have in common. crun keeps the work directory, which is made if it
   * is not there.
   */
  static criu_opts.Builder of(RuntimeArguments arguments, RuntimeSpec spec, String log) {
    criu_opts.Builder into =
        criu_opts
            .newBuilder()
            .setImagesDirFd(NOT_BY_DESCRIPTOR)
            .setImagesDir(arguments.images().toString())
            .setLogLevel(LOG_LEVEL)
            .setLogFile(log)
            .setTcpEstablished(arguments.on(Flag.TCP_ESTABLISHED))
            .setExtUnixSk(arguments.on(Flag.EXT_UNIX_SK))
            .setShellJob(arguments.on(Flag.SHELL_JOB))
            .setFileLocks(arguments.on(Flag.FILE_LOCKS))
            .setOrphanPtsMaster(true)
            .setManageCgroups(true)
            .setManageCgroupsMode(cgroups(arguments.text(Flag.MANAGE_CGROUPS_MODE, "soft")));
    if (arguments.on(Flag.WORK_PATH)) {
      makeDirectory(arguments.work());
      int flags = Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC;
      // Open for as long as we live.
      into.setWorkDirFd(Fcntl.open(arguments.work().toString(), flags, 0));
    }
    refusedOnesIfGiven(into, arguments);
    networkLock(into, arguments.text(Flag.NETWORK_LOCK));
    String configuration = configuration(spec);
    if (configuration != null) {
      into.setConfigFile(configuration);
    }
    return into;
  }

  /** The table of options says what becomes of them. */
  private static void refusedOnesIfGiven(criu_opts.Builder into, RuntimeArguments arguments) {
    if (arguments.on(Flag.AUTO_DEDUP)) {
      into.setAutoDedup(true);
    }
    if (arguments.on(Flag.LAZY_PAGES)) {
      into.setLazyPages(true);
    }
  }

  private static criu_cg_mode cgroups(String mode) {
    return switch (mode) {
      case "soft" -> criu_cg_mode.SOFT;
      case "full" -> criu_cg_mode.FULL;
      case "strict" -> criu_cg_mode.STRICT;
      case "ignore" -> criu_cg_mode.IGNORE;
      default ->
          throw new OptionException(
              "--manage-cgroups-mode " + mode + ": there are soft, full, strict and ignore");
    };
  }

  private static void networkLock(criu_opts.Builder into, String method) {
    if (method != null) {
      into.setNetworkLock(
          switch (method) {
            case "iptables" -> criu_network_lock_method.IPTABLES;
            case "nftables" -> criu_network_lock_method.NFTABLES;
            case "skip" -> criu_network_lock_method.SKIP;
            default ->
                throw new OptionException(
                    "--network-lock " + method + ": there are iptables, nftables and skip");
          });
    }
  }

  /** The file of the annotation, crun's, or runc's: one of them. */
  private static String configuration(RuntimeSpec spec) {
    String annotation = spec.annotation(Bundle.CRIU_CONFIG_ANNOTATION);
    if (annotation != null) {
      return annotation.isEmpty() ? null : annotation;
    }
    String own = "/etc/criu/crun.conf";
    return Files.exists(Path.of(own)) ? own : "/etc/criu/runc.conf";
  }

  /** Makes a directory that only root can look into, if it is not there. */
  static void makeDirectory(Path directory) {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException e) {
      throw new OptionException(directory + " cannot be made: " + e.getMessage());
    }
  }
}
