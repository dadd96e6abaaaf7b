// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.front;

import static dev.torpor.runtime.front.Flag.Place.BOTH;
import static dev.torpor.runtime.front.Flag.Place.CHECKPOINT;
import static dev.torpor.runtime.front.Flag.Place.GLOBAL;
import static dev.torpor.runtime.front.Flag.Place.RESTORE;

/** Options of runc (1.1 to 1.5) and crun (1.8 to 1.28) before and behind checkpoint and restore. */
enum Flag {
  ROOT(GLOBAL, "root", "DIR", "where containers' state is kept"),
  LOG(GLOBAL, "log", "FILE", "takes errors"),
  LOG_FORMAT(GLOBAL, "log-format", "text|json", "form of the log"),
  LOG_LEVEL(GLOBAL, "log-level", "LEVEL", "what is logged"),
  CRIU(GLOBAL, "criu", "PATH", "another program than Torpor (runc 1.1)"),
  ROOTLESS(GLOBAL, "rootless", "VALUE", "passed on"),
  CGROUP_MANAGER(GLOBAL, "cgroup-manager", "MANAGER", "who makes cgroups (crun)"),
  SYSTEMD_CGROUP(GLOBAL, "systemd-cgroup", null, "let systemd make cgroups"),
  DEBUG(GLOBAL, "debug", null, "log more"),

  IMAGE_PATH(BOTH, "image-path", "DIR", "the images; ./checkpoint by default"),
  WORK_PATH(BOTH, "work-path", "DIR", "log and statistics; with the images by default"),
  TCP_ESTABLISHED(BOTH, "tcp-established", null, "permit TCP connections"),
  EXT_UNIX_SK(BOTH, "ext-unix-sk", null, "permit Unix sockets with peers outside"),
  SHELL_JOB(BOTH, "shell-job", null, "permit a terminal that is the caller's"),
  FILE_LOCKS(BOTH, "file-locks", null, "take file locks along"),
  MANAGE_CGROUPS_MODE(BOTH, "manage-cgroups-mode", "MODE", "soft, full, strict, ignore"),
  NETWORK_LOCK(BOTH, "network-lock", "METHOD", "iptables, nftables, skip"),
  EMPTY_NS(BOTH, "empty-ns", "network", "the network is set up by somebody else"),
  AUTO_DEDUP(BOTH, "auto-dedup", null, "drop pages of earlier images"),
  LAZY_PAGES(BOTH, "lazy-pages", null, "copy memory on demand"),

  LEAVE_RUNNING(CHECKPOINT, "leave-running", null, "let the container go on"),
  TCP_SKIP_IN_FLIGHT(CHECKPOINT, "tcp-skip-in-flight", null, "lose half-open connections"),
  LINK_REMAP(CHECKPOINT, "link-remap", null, "permit links to files without their name"),
  PRE_DUMP(CHECKPOINT, "pre-dump", null, "copy memory ahead of a checkpoint"),
  PARENT_PATH(CHECKPOINT, "parent-path", "DIR", "images of a pre-dump"),
  STATUS_FD(CHECKPOINT, "status-fd", "FD", "told when pages can be asked for"),
  PAGE_SERVER(CHECKPOINT, "page-server", "ADDRESS:PORT", "takes the pages"),

  BUNDLE(RESTORE, "bundle", "DIR", "the bundle; . by default"),
  DETACH(RESTORE, "detach", null, "do not wait for the container's end"),
  PID_FILE(RESTORE, "pid-file", "FILE", "takes the pid"),
  CONSOLE_SOCKET(RESTORE, "console-socket", "PATH", "takes the terminal's master side"),
  NO_SUBREAPER(RESTORE, "no-subreaper", null, "no effect: orphans are not adopted"),
  NO_PIVOT(RESTORE, "no-pivot", null, "no effect: the root is changed as it was at first"),
  NO_NEW_KEYRING(RESTORE, "no-new-keyring", null, "no effect: none is made"),
  TCP_CLOSE(RESTORE, "tcp-close", null, "restore TCP connections closed"),
  PRESERVE_FDS(RESTORE, "preserve-fds", "N", "refused: images say what is open"),
  LSM_PROFILE(RESTORE, "lsm-profile", "TYPE:NAME", "another AppArmor or SELinux profile"),
  LSM_MOUNT_CONTEXT(RESTORE, "lsm-mount-context", "CONTEXT", "another SELinux mount label");

  /** Where it may stand. */
  enum Place {
    GLOBAL,
    BOTH,
    CHECKPOINT,
    RESTORE
  }

  private final Place place;
  final String longName;
  final String value;
  final String help;

  Flag(Place place, String longName, String value, String help) {
    this.place = place;
    this.longName = longName;
    this.value = value;
    this.help = help;
  }

  boolean takesValue() {
    return value != null;
  }

  /** Whether it may stand before a command (null) or behind it. */
  boolean belongsTo(String command) {
    return switch (place) {
      case GLOBAL -> command == null;
      case BOTH -> "checkpoint".equals(command) || "restore".equals(command);
      case CHECKPOINT -> "checkpoint".equals(command);
      case RESTORE -> "restore".equals(command);
    };
  }

  /** The one of a name as it is written, null if there is none there. */
  static Flag of(String command, String name) {
    String longName =
        switch (name) {
          case "b" -> "bundle";
          case "d" -> "detach";
          default -> name;
        };
    for (Flag flag : values()) {
      if (flag.longName.equals(longName) && flag.belongsTo(command)) {
        return flag;
      }
    }
    return null;
  }
}
