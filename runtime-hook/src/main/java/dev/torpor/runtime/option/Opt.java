// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import static dev.torpor.runtime.option.OptionGroup.CGROUPS;
import static dev.torpor.runtime.option.OptionGroup.CHECK;
import static dev.torpor.runtime.option.OptionGroup.FILES;
import static dev.torpor.runtime.option.OptionGroup.GENERAL;
import static dev.torpor.runtime.option.OptionGroup.MEMORY;
import static dev.torpor.runtime.option.OptionGroup.MOUNTS;
import static dev.torpor.runtime.option.OptionGroup.NETWORK;
import static dev.torpor.runtime.option.OptionGroup.SECURITY;
import static dev.torpor.runtime.option.OptionGroup.TARGET;
import static dev.torpor.runtime.option.Shape.FLAG;
import static dev.torpor.runtime.option.Shape.OPTIONAL_VALUE;
import static dev.torpor.runtime.option.Shape.REPEATED;
import static dev.torpor.runtime.option.Shape.SWITCH;
import static dev.torpor.runtime.option.Shape.VALUE;
import static dev.torpor.runtime.option.Support.NO_EFFECT;
import static dev.torpor.runtime.option.Support.PERMITS;
import static dev.torpor.runtime.option.Support.REFUSED;
import static dev.torpor.runtime.option.Support.RETIRED;
import static dev.torpor.runtime.option.Support.WORKS;

/**
 * Every option of CRIU 4.2's command line, which is also every key of its configuration files.
 *
 * <p>Names, shapes and short letters were read from the option table of the CRIU 4.2.1 program;
 * {@link #PLAN} and {@link #LIVE_MEMORY} are Torpor's own.
 */
public enum Opt {
  HELP("help", 'h', SWITCH, WORKS, GENERAL, null, "show this text"),
  VERSION("version", 'V', SWITCH, WORKS, GENERAL, null, "show the version"),
  VERBOSITY(
      "verbosity", 'v', OPTIONAL_VALUE, WORKS, GENERAL, "N", "1 errors, 2 warnings, 3 info, 4 all"),
  LOG_FILE("log-file", 'o', VALUE, WORKS, GENERAL, "FILE", "log to FILE in the work directory"),
  LOG_PID("log-pid", 0, FLAG, NO_EFFECT, GENERAL, null, "restored tasks write no log"),
  IMAGES_DIR("images-dir", 'D', VALUE, WORKS, GENERAL, "DIR", "directory of the image files"),
  WORK_DIR("work-dir", 'W', VALUE, WORKS, GENERAL, "DIR", "directory of logs, pid files, stats"),
  PIDFILE("pidfile", 0, VALUE, WORKS, GENERAL, "FILE", "write the root task's pid to a new FILE"),
  CONFIG("config", 0, VALUE, WORKS, GENERAL, "FILE", "read options from FILE, not the defaults"),
  NO_DEFAULT_CONFIG(
      "no-default-config", 0, SWITCH, WORKS, GENERAL, null, "do not read the default files"),
  LIBDIR("libdir", 'L', VALUE, PERMITS, GENERAL, "DIR", "directory of CRIU's plugins"),
  DAEMON(
      "daemon",
      0,
      FLAG,
      WORKS,
      GENERAL,
      null,
      "same as --restore-detached; service: in background"),
  DISPLAY_STATS("display-stats", 0, FLAG, WORKS, GENERAL, null, "print statistics at the end"),
  DEPRECATED("deprecated", 0, FLAG, NO_EFFECT, GENERAL, null, "accept what CRIU has deprecated"),
  CLOSE("close", 0, REPEATED, WORKS, GENERAL, "FD", "close an inherited descriptor at once"),
  ACTION_SCRIPT(
      "action-script", 0, REPEATED, WORKS, GENERAL, "PATH", "run PATH at each step of the way"),
  STATUS_FD("status-fd", 0, VALUE, WORKS, GENERAL, "FD", "tell FD when a service is ready"),
  TIMEOUT("timeout", 0, VALUE, WORKS, GENERAL, "SECONDS", "give up freezing after (10, 0 never)"),
  UNPRIVILEGED("unprivileged", 0, FLAG, NO_EFFECT, GENERAL, null, "for others than root: refused"),
  STREAM("stream", 0, FLAG, REFUSED, GENERAL, null, "images through criu-image-streamer"),

  TREE("tree", 't', VALUE, WORKS, TARGET, "PID", "root of the process tree"),
  LEAVE_RUNNING("leave-running", 'R', SWITCH, WORKS, TARGET, null, "let tasks go on afterwards"),
  LEAVE_STOPPED("leave-stopped", 's', SWITCH, WORKS, TARGET, null, "leave tasks stopped"),
  RESTORE_DETACHED(
      "restore-detached", 'd', FLAG, WORKS, TARGET, null, "do not wait for the restored tree"),
  RESTORE_SIBLING(
      "restore-sibling", 'S', FLAG, WORKS, TARGET, null, "make the root task the caller's child"),
  PLAN("plan", 0, SWITCH, WORKS, TARGET, null, "restore: print what it would do, do nothing"),
  EXEC_CMD("exec-cmd", 0, SWITCH, WORKS, TARGET, null, "restore, and become what follows --"),
  SHELL_JOB("shell-job", 'j', FLAG, PERMITS, TARGET, null, "session and terminal from outside"),
  ROOT("root", 'r', VALUE, WORKS, TARGET, "DIR", "root of the restored mount namespace"),

  LIVE_MEMORY("live-memory", 0, FLAG, WORKS, MEMORY, null, "copy memory before tasks are frozen"),
  TRACK_MEM("track-mem", 0, FLAG, REFUSED, MEMORY, null, "let the kernel track changed pages"),
  PREV_IMAGES_DIR(
      "prev-images-dir", 0, VALUE, REFUSED, MEMORY, "DIR", "images of the previous dump"),
  AUTO_DEDUP("auto-dedup", 0, FLAG, REFUSED, MEMORY, null, "punch pages out once superseded"),
  PRE_DUMP_MODE("pre-dump-mode", 0, VALUE, NO_EFFECT, MEMORY, "splice|read", "for pre-dump"),
  LAZY_PAGES("lazy-pages", 0, SWITCH, REFUSED, MEMORY, null, "fetch pages when touched"),
  PAGE_SERVER("page-server", 0, FLAG, REFUSED, MEMORY, null, "send pages to a page server"),
  ADDRESS("address", 0, VALUE, WORKS, GENERAL, "PATH", "socket of a service"),
  PORT("port", 0, VALUE, REFUSED, MEMORY, "PORT", "port of the page server"),
  PS_SOCKET("ps-socket", 0, VALUE, REFUSED, MEMORY, "FD", "connection to the page server"),
  TLS("tls", 0, FLAG, REFUSED, MEMORY, null, "speak TLS with the page server"),
  TLS_CACERT("tls-cacert", 0, VALUE, REFUSED, MEMORY, "FILE", "trust only this authority"),
  TLS_CACRL("tls-cacrl", 0, VALUE, REFUSED, MEMORY, "FILE", "revoked certificates"),
  TLS_CERT("tls-cert", 0, VALUE, REFUSED, MEMORY, "FILE", "own certificate"),
  TLS_KEY("tls-key", 0, VALUE, REFUSED, MEMORY, "FILE", "own private key"),
  TLS_NO_CN_VERIFY(
      "tls-no-cn-verify", 0, SWITCH, REFUSED, MEMORY, null, "any name in the certificate"),
  GHOST_LIMIT(
      "ghost-limit", 0, VALUE, PERMITS, MEMORY, "N[K|M|G]", "largest deleted file to carry (1M)"),
  GHOST_FIEMAP("ghost-fiemap", 0, FLAG, NO_EFFECT, MEMORY, null, "find holes by FIEMAP"),

  LINK_REMAP("link-remap", 0, FLAG, PERMITS, FILES, null, "link deleted files back"),
  FILE_LOCKS("file-locks", 'l', FLAG, PERMITS, FILES, null, "carry file locks"),
  EVASIVE_DEVICES(
      "evasive-devices", 0, FLAG, PERMITS, FILES, null, "open a device by another path"),
  FORCE_IRMAP("force-irmap", 0, FLAG, NO_EFFECT, FILES, null, "find paths of watched files"),
  IRMAP_SCAN_PATH(
      "irmap-scan-path", 0, REPEATED, WORKS, FILES, "PATH", "search watched files there first"),
  INHERIT_FD("inherit-fd", 0, REPEATED, WORKS, FILES, "fd[N]:RES", "use own descriptor N for RES"),
  EXTERNAL("external", 0, REPEATED, WORKS, FILES, "RES", "RES exists outside the tree"),
  FILE_VALIDATION(
      "file-validation", 0, VALUE, WORKS, FILES, "filesize|buildid", "how files are compared"),
  SKIP_FILE_RWX_CHECK(
      "skip-file-rwx-check", 0, FLAG, WORKS, FILES, null, "accept changed permissions"),

  EXT_MOUNT_MAP(
      "ext-mount-map", 'M', REPEATED, WORKS, MOUNTS, "KEY:VAL|auto", "mounts made outside"),
  ENABLE_FS("enable-fs", 0, REPEATED, PERMITS, MOUNTS, "LIST|all", "carry these filesystems too"),
  ENABLE_EXTERNAL_SHARING(
      "enable-external-sharing", 0, SWITCH, PERMITS, MOUNTS, null, "mounts shared with outside"),
  ENABLE_EXTERNAL_MASTERS(
      "enable-external-masters", 0, SWITCH, PERMITS, MOUNTS, null, "mounts slave to outside"),
  SKIP_MNT("skip-mnt", 0, REPEATED, WORKS, MOUNTS, "PATH", "leave this mount out"),
  MNTNS_COMPAT_MODE(
      "mntns-compat-mode", 0, FLAG, NO_EFFECT, MOUNTS, null, "restore: CRIU's older mounts"),

  TCP_ESTABLISHED("tcp-established", 0, FLAG, WORKS, NETWORK, null, "carry open TCP connections"),
  TCP_CLOSE("tcp-close", 0, FLAG, WORKS, NETWORK, null, "open connections come back closed"),
  SKIP_IN_FLIGHT("skip-in-flight", 0, FLAG, WORKS, NETWORK, null, "drop half-open connections"),
  EXT_UNIX_SK(
      "ext-unix-sk", 'x', OPTIONAL_VALUE, PERMITS, NETWORK, "INO,...", "unix peers outside"),
  EMPTY_NS("empty-ns", 0, VALUE, WORKS, NETWORK, "net", "create the namespace, leave it empty"),
  NETWORK_LOCK(
      "network-lock",
      0,
      VALUE,
      WORKS,
      NETWORK,
      "iptables|nftables|skip",
      "how open connections are held"),
  VETH_PAIR("veth-pair", 0, REPEATED, WORKS, NETWORK, "IN=OUT", "--external veth[IN]:OUT"),
  WEAK_SYSCTLS("weak-sysctls", 0, FLAG, PERMITS, NETWORK, null, "skip sysctls not there"),
  JOIN_NS("join-ns", 'J', REPEATED, WORKS, NETWORK, "NS:FILE[,EXTRA]", "restore into FILE"),

  MANAGE_CGROUPS(
      "manage-cgroups", 0, OPTIONAL_VALUE, WORKS, CGROUPS, "MODE", "none, props, soft, full..."),
  CGROUP_ROOT("cgroup-root", 0, REPEATED, WORKS, CGROUPS, "[CTRL:]/PATH", "new root"),
  CGROUP_PROPS("cgroup-props", 0, VALUE, WORKS, CGROUPS, "YAML", "properties to carry"),
  CGROUP_PROPS_FILE("cgroup-props-file", 0, VALUE, WORKS, CGROUPS, "FILE", "the same, a file"),
  CGROUP_DUMP_CONTROLLER(
      "cgroup-dump-controller", 0, REPEATED, WORKS, CGROUPS, "NAME", "only these controllers"),
  CGROUP_YARD("cgroup-yard", 0, VALUE, WORKS, CGROUPS, "DIR", "where cgroups are mounted"),
  FREEZE_CGROUP("freeze-cgroup", 0, VALUE, WORKS, CGROUPS, "DIR", "freeze through this cgroup"),

  LSM_PROFILE("lsm-profile", 0, VALUE, PERMITS, SECURITY, "TYPE:NAME", "label to restore with"),
  LSM_MOUNT_CONTEXT(
      "lsm-mount-context", 0, VALUE, REFUSED, SECURITY, "CTX", "context of labelled mounts"),
  CPU_CAP("cpu-cap", 0, OPTIONAL_VALUE, WORKS, SECURITY, "CAP,...", "processor features to match"),
  ALLOW_UPROBES("allow-uprobes", 0, FLAG, PERMITS, SECURITY, null, "carry probed mappings"),

  EXTRA("extra", 0, FLAG, WORKS, CHECK, null, "check optional kernel features too"),
  EXPERIMENTAL("experimental", 0, FLAG, WORKS, CHECK, null, "check experimental ones too"),
  ALL("all", 0, SWITCH, WORKS, CHECK, null, "same as --extra --experimental"),
  FEATURE("feature", 0, VALUE, WORKS, CHECK, "NAME", "check one feature; list names them"),
  MS("ms", 0, SWITCH, RETIRED, CHECK, null, "see --extra");

  private final String longName;
  private final char shortName;
  private final Shape shape;
  private final Support support;
  private final OptionGroup group;
  private final String argument;
  private final String help;

  Opt(
      String longName,
      int shortName,
      Shape shape,
      Support support,
      OptionGroup group,
      String argument,
      String help) {
    this.longName = longName;
    this.shortName = (char) shortName;
    this.shape = shape;
    this.support = support;
    this.group = group;
    this.argument = argument;
    this.help = help;
  }

  /** Name without dashes. */
  public String longName() {
    return longName;
  }

  /** Single letter, or 0. */
  public char shortName() {
    return shortName;
  }

  /** What may follow the name. */
  public Shape shape() {
    return shape;
  }

  /** What becomes of it. */
  public Support support() {
    return support;
  }

  /** Heading in the help. */
  public OptionGroup group() {
    return group;
  }

  /** Placeholder of its value in the help, null when it takes none. */
  public String argument() {
    return argument;
  }

  /** One line for the help. */
  public String help() {
    return help;
  }
}
