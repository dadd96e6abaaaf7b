// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import dev.torpor.cgroup.CgroupRoot;
import dev.torpor.cgroup.ManageCgroupsMode;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;

/**
 * Collects options source by source, from the weakest to the strongest: a later single value
 * replaces an earlier one, repeated ones add up.
 *
 * <p>Every setter takes the origin (a command line, a file and line, an RPC field) that messages
 * name.
 */
public final class OptionsBuilder {
  /** What getopt_long makes of {@code -verbosity=N}, which CRIU's own test tool gives. */
  private static final String ONE_DASH = "erbosity=";

  private static final int DEFAULT_LOG_LEVEL = 2;
  private static final int DEFAULT_TIMEOUT_SECONDS = 10;
  private static final long DEFAULT_GHOST_LIMIT_BYTES = 1 << 20;

  /** Kinds of objects that {@code --external} can name, CRIU's manual page criu(8). */
  private static final String EXTERNAL_KINDS =
      " tty file dev unix mnt net pid veth macvlan netdev ";

  /**
   * LXC gives the container's console to every restore like this besides --ext-mount-map, and CRIU,
   * which looks for no such name anywhere, takes it.
   */
  private static final String LXC_CONSOLE = "console:";

  final EnumSet<Opt> flags = EnumSet.noneOf(Opt.class);
  final EnumMap<Opt, String> texts = new EnumMap<>(Opt.class);
  final EnumMap<Opt, List<String>> lists = new EnumMap<>(Opt.class);
  private final EnumMap<Opt, String> origins = new EnumMap<>(Opt.class);
  final List<ExternalMount> externalMounts = new ArrayList<>();
  final List<CgroupRoot> cgroupRoots = new ArrayList<>();
  final List<InheritedFd> inheritedFds = new ArrayList<>();
  final List<JoinedNamespace> joinedNamespaces = new ArrayList<>();
  FinalState finalState = FinalState.DEFAULT;
  ManageCgroupsMode manageCgroups = ManageCgroupsMode.DEFAULT;
  NetworkLock networkLock = NetworkLock.IPTABLES;
  FileValidation fileValidation = FileValidation.BUILDID;
  CpuCaps cpuCaps = CpuCaps.DEFAULT;
  int logLevel = DEFAULT_LOG_LEVEL;
  int treePid;
  int timeoutSeconds = DEFAULT_TIMEOUT_SECONDS;
  long ghostLimitBytes = DEFAULT_GHOST_LIMIT_BYTES;
  boolean autodetectExternalMounts;
  boolean orphanPtsMaster;
  int requestSocketIno;

  /** Switches a {@link Shape#FLAG} or {@link Shape#SWITCH}. */
  public void flag(Opt option, boolean on, String origin) {
    switch (option) {
      case DAEMON -> put(Opt.RESTORE_DETACHED, on, origin);
      case LEAVE_RUNNING -> finalState = on ? FinalState.RUNNING : finalState;
      case LEAVE_STOPPED -> finalState = on ? FinalState.STOPPED : finalState;
      case ALL -> {
        put(Opt.EXTRA, on, origin);
        put(Opt.EXPERIMENTAL, on, origin);
      }
      default -> put(option, on, origin);
    }
  }

  private void put(Opt option, boolean on, String origin) {
    if (on) {
      flags.add(option);
      origins.put(option, origin);
    } else {
      flags.remove(option);
      origins.remove(option);
    }
  }

  /** Takes a value; null for a {@link Shape#OPTIONAL_VALUE} without one. */
  public void value(Opt option, String text, String origin) {
    origins.put(option, origin);
    switch (option) {
      case VERBOSITY -> verbosity(text, origin);
      case TREE -> treePid(positive(option, text, origin));
      case TIMEOUT -> timeoutSeconds = seconds(number(option, text, origin), origin);
      case GHOST_LIMIT -> ghostLimitBytes = size(text, origin);
      case STATUS_FD, PS_SOCKET, PORT -> {
        number(option, text, origin);
        texts.put(option, text);
      }
      case CLOSE -> close(text, origin);
      case CGROUP_YARD, CGROUP_PROPS_FILE -> texts.put(option, absolute(option, text, origin));
      case CPU_CAP -> cpuCaps = cpuCaps.and(text, origin);
      case VETH_PAIR -> vethPair(text, origin);
      case LSM_PROFILE -> texts.put(option, LsmProfile.checked(text, origin));
      case MANAGE_CGROUPS -> manageCgroups = manageCgroups(text, origin);
      case NETWORK_LOCK -> networkLock = NetworkLock.parse(origin, text);
      case FILE_VALIDATION -> fileValidation = FileValidation.parse(origin, text);
      case EXT_MOUNT_MAP -> externalMount(text, origin);
      case CGROUP_ROOT -> cgroupRoot(text, origin);
      case INHERIT_FD -> inheritFd(text, origin);
      case JOIN_NS -> joinNamespace(text, origin);
      case EXT_UNIX_SK -> externalUnixSockets(text, origin);
      case EXTERNAL -> external(text, origin);
      case EMPTY_NS -> emptyNamespace(text, origin);
      case PRE_DUMP_MODE -> preDumpMode(text, origin);
      default -> plain(option, text);
    }
  }

  private void plain(Opt option, String text) {
    if (option.shape() == Shape.REPEATED) {
      add(option, text);
    } else {
      texts.put(option, text == null ? "" : text);
    }
  }

  private void add(Opt option, String text) {
    List<String> list = lists.get(option);
    if (list == null) {
      list = new ArrayList<>();
      lists.put(option, list);
    }
    list.add(text);
  }

  private void verbosity(String text, String origin) {
    if (text == null) {
      logLevel++;
    } else if (text.startsWith("v")) {
      for (int i = 0; i < text.length(); i++) {
        if (text.charAt(i) != 'v') {
          throw OptionException.badValue(origin, "-v", text, "-v, -vv ... or -vNUMBER");
        }
      }
      logLevel += text.length() + 1;
    } else if (text.startsWith(ONE_DASH)) {
      logLevel = number(Opt.VERBOSITY, text.substring(ONE_DASH.length()), origin);
    } else {
      logLevel = number(Opt.VERBOSITY, text, origin);
    }
  }

  /** The launcher has closed it; it looks at nothing but the command line. */
  private static void close(String text, String origin) {
    number(Opt.CLOSE, text, origin);
    if (!origin.equals(OptionSources.COMMAND_LINE)) {
      throw new OptionException(origin + ": --close is for the command line: give it there");
    }
  }

  /** CRIU has changed its directory by the time that it looks. */
  private static String absolute(Opt option, String path, String origin) {
    if (!path.startsWith("/")) {
      throw OptionException.badValue(
          origin, "--" + option.longName(), path, "an absolute path: /...");
    }
    return path;
  }

  private void vethPair(String text, String origin) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals + 1 == text.length()) {
      throw OptionException.badValue(origin, "--veth-pair", text, "INSIDE=OUTSIDE");
    }
    add(Opt.EXTERNAL, "veth[" + text.substring(0, equals) + "]:" + text.substring(equals + 1));
  }

  private void externalMount(String text, String origin) {
    if (text.equals("auto")) {
      autodetectExternalMounts = true;
      return;
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw OptionException.badValue(origin, "--ext-mount-map", text, "KEY:VAL or auto");
    }
    externalMount(new ExternalMount(text.substring(0, colon), text.substring(colon + 1)));
  }

  private static ManageCgroupsMode manageCgroups(String text, String origin) {
    if (text == null) {
      return ManageCgroupsMode.DEFAULT;
    }
    ManageCgroupsMode mode = ManageCgroupsMode.ofName(text);
    if (mode == null) {
      throw OptionException.badValue(
          origin, "--manage-cgroups", text, "none, props, soft, full, strict or ignore");
    }
    return mode;
  }

  private void cgroupRoot(String text, String origin) {
    int colon = text.indexOf(':');
    String path = text.substring(colon + 1);
    if (!path.startsWith("/")) {
      throw OptionException.badValue(origin, "--cgroup-root", text, "[CONTROLLERS:]/PATH");
    }
    cgroupRoot(new CgroupRoot(colon < 0 ? null : text.substring(0, colon), path));
  }

  private void inheritFd(String text, String origin) {
    int end = text.indexOf("]:");
    if (!text.startsWith("fd[") || end < 4 || end + 2 == text.length()) {
      throw OptionException.badValue(origin, "--inherit-fd", text, "fd[NUMBER]:RESOURCE");
    }
    int fd = number(Opt.INHERIT_FD, text.substring(3, end), origin);
    inheritFd(new InheritedFd(fd, text.substring(end + 2)));
  }

  private void joinNamespace(String text, String origin) {
    int colon = text.indexOf(':');
    if (colon < 1 || colon + 1 == text.length()) {
      throw OptionException.badValue(origin, "--join-ns", text, "NS:FILE or NS:PID");
    }
    String file = text.substring(colon + 1);
    int comma = file.indexOf(',');
    String extra = comma < 0 ? null : file.substring(comma + 1);
    joinNamespace(
        new JoinedNamespace(
            text.substring(0, colon), comma < 0 ? file : file.substring(0, comma), extra));
  }

  private void externalUnixSockets(String text, String origin) {
    flags.add(Opt.EXT_UNIX_SK);
    if (text == null) {
      return;
    }
    int start = 0;
    while (start <= text.length()) {
      int comma = text.indexOf(',', start);
      int end = comma < 0 ? text.length() : comma;
      String inode = text.substring(start, end);
      positive(Opt.EXT_UNIX_SK, inode, origin);
      add(Opt.EXT_UNIX_SK, inode);
      start = end + 1;
    }
  }

  private void external(String text, String origin) {
    if (text.startsWith(LXC_CONSOLE)) {
      return;
    }
    int bracket = text.indexOf('[');
    if (bracket < 1
        || text.indexOf(']', bracket) < 0
        || !EXTERNAL_KINDS.contains(' ' + text.substring(0, bracket) + ' ')) {
      throw OptionException.badValue(
          origin, "--external", text, "KIND[ID] or KIND[ID]:NAME, KIND one of" + EXTERNAL_KINDS);
    }
    add(Opt.EXTERNAL, text);
  }

  private void emptyNamespace(String text, String origin) {
    if (!text.equals("net")) {
      throw OptionException.badValue(origin, "--empty-ns", text, "net");
    }
    flags.add(Opt.EMPTY_NS);
  }

  private void preDumpMode(String text, String origin) {
    if (!text.equals("splice") && !text.equals("read")) {
      throw OptionException.badValue(origin, "--pre-dump-mode", text, "splice or read");
    }
    texts.put(Opt.PRE_DUMP_MODE, text);
  }

  private static int seconds(int seconds, String origin) {
    if (seconds < 0) {
      throw OptionException.badValue(
          origin, "--timeout", Integer.toString(seconds), "seconds, 0 for no limit");
    }
    return seconds;
  }

  private static int positive(Opt option, String text, String origin) {
    int number = number(option, text, origin);
    if (number <= 0) {
      throw OptionException.badValue(origin, "--" + option.longName(), text, "a number above zero");
    }
    return number;
  }

  private static int number(Opt option, String text, String origin) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw OptionException.badValue(origin, "--" + option.longName(), text, "a number");
    }
  }

  private static long size(String text, String origin) {
    int shift = 0;
    String digits = text;
    if (!text.isEmpty()) {
      shift =
          switch (text.charAt(text.length() - 1)) {
            case 'K' -> 10;
            case 'M' -> 20;
            case 'G' -> 30;
            default -> 0;
          };
      digits = shift == 0 ? text : text.substring(0, text.length() - 1);
    }
    try {
      long number = Long.parseLong(digits);
      if (number < 0 || number > Long.MAX_VALUE >> shift) {
        throw OptionException.badValue(origin, "--ghost-limit", text, "a size like 4096, 64K, 1M");
      }
      return number << shift;
    } catch (NumberFormatException e) {
      throw OptionException.badValue(origin, "--ghost-limit", text, "a size like 4096, 64K, 1M");
    }
  }

  /** Root of the tree to dump. */
  public void treePid(int pid) {
    treePid = pid;
  }

  /** Sets the log level outright. */
  public void logLevel(int level) {
    logLevel = level;
  }

  /** Adds a mount made outside. */
  public void externalMount(ExternalMount mount) {
    externalMounts.add(mount);
  }

  /** Adds a cgroup root. */
  public void cgroupRoot(CgroupRoot root) {
    cgroupRoots.add(root);
  }

  /** Adds an inherited descriptor. */
  public void inheritFd(InheritedFd inherited) {
    inheritedFds.add(inherited);
  }

  /** Whether there are inherited descriptors so far. */
  public boolean inheritsFds() {
    return !inheritedFds.isEmpty();
  }

  /** Adds a namespace to join. */
  public void joinNamespace(JoinedNamespace joined) {
    joinedNamespaces.add(joined);
  }

  /** Sets how cgroups are treated. */
  public void manageCgroups(ManageCgroupsMode mode) {
    manageCgroups = mode;
  }

  /** Sets how traffic is held. */
  public void networkLock(NetworkLock lock) {
    networkLock = lock;
  }

  /** Sets what of the processor is compared. */
  public void cpuCaps(CpuCaps caps) {
    cpuCaps = caps;
  }

  /** Sets the limit for deleted files, in bytes. */
  public void ghostLimitBytes(long lengthBytes) {
    ghostLimitBytes = lengthBytes;
  }

  /** Sets whether mounts from outside are found by looking. */
  public void autodetectExternalMounts(boolean auto) {
    autodetectExternalMounts = auto;
  }

  /** Sets whether orphaned terminals' master sides go to the RPC client. */
  public void orphanPtsMaster(boolean send) {
    orphanPtsMaster = send;
  }

  /** Sets over which socket, by its inode, the operation was asked for. */
  public void requestSocketIno(int ino) {
    requestSocketIno = ino;
  }

  /** Value of a single-valued option so far, null when there is none. */
  public String text(Opt option) {
    return texts.get(option);
  }

  /** Root of the tree to dump so far, 0 when there is none. */
  public int treePid() {
    return treePid;
  }

  /** Level of the log so far. */
  public int logLevel() {
    return logLevel;
  }

  /** Forgets a single-valued option, so that one can tell whether the next source sets it. */
  public void forget(Opt option) {
    texts.remove(option);
    origins.remove(option);
  }

  /** Whether a flag is on so far. */
  public boolean on(Opt option) {
    return flags.contains(option);
  }

  /**
   * Ends the collection.
   *
   * @throws OptionException for an option that is not supported yet, or a contradiction
   */
  public CriuOptions build() {
    for (Opt option : OptionTable.all()) {
      String origin = origins.get(option);
      if (origin != null && option.support() == Support.REFUSED) {
        throw refused(option, origin);
      }
      if (origin != null && option.support() == Support.RETIRED) {
        throw new OptionException(
            origin + ": --" + option.longName() + " is retired: " + option.help());
      }
    }
    if (on(Opt.UNPRIVILEGED) && Unistd.geteuid() != 0) {
      throw new OptionException(
          origins.get(Opt.UNPRIVILEGED)
              + ": --unprivileged: nothing here works for others than root: run it as root, or CRIU"
              + " for this operation");
    }
    if (on(Opt.RESTORE_SIBLING) && !on(Opt.RESTORE_DETACHED)) {
      throw new OptionException(
          "--restore-sibling only makes sense with --restore-detached: add -d");
    }
    checkNetworkNamespace();
    return new CriuOptions(this);
  }

  private void checkNetworkNamespace() {
    for (JoinedNamespace joined : joinedNamespaces) {
      if (joined.kind().equals("net") && on(Opt.EMPTY_NS)) {
        throw new OptionException(
            "--join-ns net:"
                + joined.file()
                + " and --empty-ns net contradict each other: give one of them");
      }
    }
  }

  private static OptionException refused(Opt option, String origin) {
    return new OptionException(
        origin
            + ": option --"
            + option.longName()
            + " ("
            + option.help()
            + ") is not supported yet: leave it out or run CRIU for this operation");
  }
}
