// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import java.util.OptionalLong;

/**
 * Every kind of image file of CRIU 4.2: its magic, its file name, and what is in it.
 *
 * <p>Numbers and name patterns are those of CRIU's {@code criu/include/magic.h} and {@code
 * criu/image-desc.c}. Patterns are printf's: {@code %u} takes an unsigned 32-bit number, {@code
 * %lu} an unsigned 64-bit one, {@code %x} an unsigned 32-bit one in hexadecimal. The message class
 * of a kind is known to {@link ImageMessages}, so that this enum loads none of them.
 */
public enum ImageType {
  INVENTORY(0x58313116, "inventory.img", Head.BARE),
  PSTREE(0x50273030, "pstree.img"),
  CORE(0x55053847, "core-%u.img"),
  IDS(0x54432030, "ids-%u.img"),
  MM(0x57492820, "mm-%u.img"),
  FS(0x51403912, "fs-%u.img"),
  PAGEMAP(0x56084025, "pagemap-%lu.img", Body.PAGEMAP),
  SHMEM_PAGEMAP(0x56084025, "pagemap-shmem-%lu.img", Body.PAGEMAP, "PAGEMAP"),
  PAGES("pages-%u.img"),
  SECCOMP(0x64413049, "seccomp.img"),
  CGROUP(0x59383330, "cgroup.img"),
  APPARMOR(0x59423047, "apparmor.img"),
  CPUINFO(0x61404013, "cpuinfo.img"),

  FDINFO(0x56213732, "fdinfo-%u.img"),
  FILES(0x56303138, "files.img"),
  FILE_LOCKS(0x54323616, "filelocks.img"),
  REMAP_FPATH(0x59133954, "remap-fpath.img"),
  GHOST_FILE(0x52583605, "ghost-file-%x.img", Body.GHOST_FILE),
  MEMFD_INODE(0x48453499, "memfd.img"),
  PIPES_DATA(0x56453709, "pipes-data.img", Body.PIPE_DATA),
  FIFO_DATA(0x59333054, "fifo-data.img", Body.PIPE_DATA),
  SK_QUEUES(0x56264026, "sk-queues.img", Body.SK_QUEUE),
  TCP_STREAM(0x51465506, "tcp-stream-%x.img", Body.TCP_STREAM),
  TTY_INFO(0x59453036, "tty-info.img"),
  TTY_DATA(0x59413026, "tty-data.img"),
  BPFMAP_DATA(0x64324033, "bpfmap-data.img", Body.BPFMAP_DATA),

  UTSNS(0x54473203, "utsns-%u.img"),
  USERNS(0x55474906, "userns-%u.img"),
  PIDNS(0x61157326, "pidns-%u.img"),
  TIMENS(0x43114433, "timens-%u.img"),
  IPC_VAR(0x53115007, "ipcns-var-%u.img"),
  IPCNS_SHM(0x46283044, "ipcns-shm-%u.img", Body.IPC_SHM),
  IPCNS_MSG(0x55453737, "ipcns-msg-%u.img", Body.IPC_MSG),
  IPCNS_SEM(0x59573019, "ipcns-sem-%u.img", Body.IPC_SEM),
  MNTS(0x55563928, "mountpoints-%u.img"),
  AUTOFS(0x49353943, "autofs-%u.img"),
  BINFMT_MISC(0x67343323, "binfmt-misc.img"),
  TMPFS_IMG("tmpfs-%u.tar.gz.img"),
  TMPFS_DEV("tmpfs-dev-%u.tar.gz.img"),
  NETDEV(0x57373951, "netdev-%u.img"),
  NETNS(0x55933752, "netns-%u.img"),
  IFADDR("ifaddr-%u.img"),
  ROUTE("route-%u.img"),
  ROUTE6("route6-%u.img"),
  RULE("rule-%u.img"),
  IPTABLES("iptables-%u.img"),
  IP6TABLES("ip6tables-%u.img"),
  NFTABLES("nftables-%u.img"),
  NETNF_CT("netns-ct-%u.img"),
  NETNF_EXP("netns-exp-%u.img"),

  STATS_DUMP(0x57093306, "stats-dump", Head.SERVICE, "STATS"),
  STATS_RESTORE(0x57093306, "stats-restore", Head.SERVICE, "STATS"),
  IRMAP_CACHE(0x57004059, "irmap-cache", Head.SERVICE),

  // Read by CRIU 4.2 but no longer written: one image per kind of file, and per-task images that
  // have since moved into core-PID.img and mm-PID.img.
  REG_FILES(0x50363636, "reg-files.img"),
  EXT_FILES(0x59255641, "ext-files.img"),
  NS_FILES(0x61394011, "ns-files.img"),
  EVENTFD_FILE(0x44523722, "eventfd.img"),
  EVENTPOLL_FILE(0x45023858, "eventpoll.img"),
  EVENTPOLL_TFD(0x44433746, "eventpoll-tfd.img"),
  SIGNALFD(0x57323820, "signalfd.img"),
  TIMERFD(0x50493712, "timerfd.img"),
  INOTIFY_FILE(0x48424431, "inotify.img"),
  INOTIFY_WD(0x54562009, "inotify-wd.img"),
  FANOTIFY_FILE(0x55096122, "fanotify.img"),
  FANOTIFY_MARK(0x56506035, "fanotify-mark.img"),
  PIDFD(0x54435556, "pidfd.img"),
  PIPES(0x56513555, "pipes.img"),
  FIFO(0x58364939, "fifo.img"),
  UNIXSK(0x54373943, "unixsk.img"),
  INETSK(0x56443851, "inetsk.img"),
  PACKETSK(0x60454618, "packetsk.img"),
  NETLINK_SK(0x58005614, "netlinksk.img"),
  TTY_FILES(0x59433025, "tty.img"),
  TUNFILE(0x57143751, "tunfile.img"),
  CREDS(0x54023547, "creds-%u.img"),
  BPFMAP_FILE(0x57506142, "bpfmap-file.img"),
  VMAS(0x54123737, "vmas-%u.img"),
  SIGACT(0x55344201, "sigacts-%u.img"),
  RLIMIT(0x57113925, "rlimit-%u.img"),
  ITIMERS(0x57464056, "itimers-%u.img"),
  POSIX_TIMERS(0x52603957, "posix-timers-%u.img"),
  SIGNAL(0x59255647, "signal-s-%u.img"),
  PSIGNAL(0x59255647, "signal-p-%u.img", Body.ENTRIES, "SIGNAL"),
  BINFMT_MISC_OLD(0x67343323, "binfmt-misc-%u.img", Body.ENTRIES, "BINFMT_MISC");

  /** What stands before the first entry. */
  public enum Head {
    /** The image magic, then the magic of the kind. */
    COMMON,
    /** The service magic, then the magic of the kind. */
    SERVICE,
    /** The magic of the kind alone. */
    BARE,
    /** Nothing: the file is raw data. */
    NONE
  }

  /** What the entries look like. */
  public enum Body {
    /** Any number of messages of one class. */
    ENTRIES,
    /** One {@code pagemap_head}, then {@code pagemap_entry}s. */
    PAGEMAP,
    /**
     * One {@code ghost_file_entry}; then {@code ghost_chunk_entry}s with {@code len} bytes each if
     * its {@code chunks} is set, else the content up to the end of the file.
     */
    GHOST_FILE,
    /** Each message is followed by {@code bytes} bytes. */
    PIPE_DATA,
    /** Each message is followed by {@code length} bytes. */
    SK_QUEUE,
    /** Each message is followed by {@code inq_len}, then {@code outq_len} bytes. */
    TCP_STREAM,
    /** Each message is followed by {@code keys_bytes} + {@code values_bytes} bytes. */
    BPFMAP_DATA,
    /** Each message is followed by {@code nsems} 16-bit values, padded to 8 bytes. */
    IPC_SEM,
    /**
     * Each message is followed by {@code qnum} {@code ipc_msg} entries, each with {@code msize}
     * bytes padded to 8.
     */
    IPC_MSG,
    /** Each message is followed by {@code size} bytes, padded to 4. */
    IPC_SHM,
    /** Bytes in a format that is not CRIU's. */
    RAW
  }

  /** First word of every image but the inventory. */
  public static final int COMMON_MAGIC = 0x54564319;

  /** First word of the files that are not part of a checkpoint: statistics, irmap cache. */
  public static final int SERVICE_MAGIC = 0x55105940;

  private static final int U32_MAX_DIGITS = 10;

  private final int magic;
  private final String pattern;
  private final Head head;
  private final Body body;
  private final String magicName;

  ImageType(String pattern) {
    this(0, pattern, Head.NONE, Body.RAW, null);
  }

  ImageType(int magic, String pattern) {
    this(magic, pattern, Head.COMMON, Body.ENTRIES, null);
  }

  ImageType(int magic, String pattern, Head head) {
    this(magic, pattern, head, Body.ENTRIES, null);
  }

  ImageType(int magic, String pattern, Head head, String magicName) {
    this(magic, pattern, head, Body.ENTRIES, magicName);
  }

  ImageType(int magic, String pattern, Body body) {
    this(magic, pattern, Head.COMMON, body, null);
  }

  ImageType(int magic, String pattern, Body body, String magicName) {
    this(magic, pattern, Head.COMMON, body, magicName);
  }

  ImageType(int magic, String pattern, Head head, Body body, String magicName) {
    this.magic = magic;
    this.pattern = pattern;
    this.head = head;
    this.body = body;
    this.magicName = magicName == null ? name() : magicName;
  }

  /** The magic word of this kind; 0 for raw data. Some kinds share one. */
  public int magic() {
    return magic;
  }

  /** What CRIU and crit call the magic: the name of the kind, or of the one it shares it with. */
  public String magicName() {
    return magicName;
  }

  /** What stands before the first entry. */
  public Head head() {
    return head;
  }

  /** What the entries look like. */
  public Body body() {
    return body;
  }

  /** Whether the file is data in a format that is not CRIU's, without head and entries. */
  public boolean isRaw() {
    return body == Body.RAW;
  }

  /** Whether there is one file per task, namespace, inode or the like. */
  public boolean isNumbered() {
    return pattern.indexOf('%') >= 0;
  }

  /** printf pattern of the file name. */
  public String pattern() {
    return pattern;
  }

  /**
   * Name of the one file of this kind.
   *
   * @throws IllegalArgumentException if this kind is numbered
   */
  public String fileName() {
    if (isNumbered()) {
      throw new IllegalArgumentException(this + " images are numbered: " + pattern);
    }
    return pattern;
  }

  /**
   * Name of the file with a number.
   *
   * @param id what this kind is numbered by (pid, descriptor table, namespace, inode ...), as an
   *     unsigned number
   * @throws IllegalArgumentException if this kind is not numbered, or the number does not fit
   */
  public String fileName(long id) {
    int at = pattern.indexOf('%');
    if (at < 0) {
      throw new IllegalArgumentException("there is only one " + pattern + ", not one for " + id);
    }
    char conversion = pattern.charAt(at + 1);
    if (conversion == 'l') {
      return pattern.substring(0, at) + Long.toUnsignedString(id) + pattern.substring(at + 3);
    }
    if (id >>> Integer.SIZE != 0) {
      throw new IllegalArgumentException(
          pattern + " takes 32 bits, not " + Long.toUnsignedString(id));
    }
    String number = conversion == 'x' ? Long.toHexString(id) : Long.toString(id);
    return pattern.substring(0, at) + number + pattern.substring(at + 2);
  }

  /**
   * The number in a file name of this kind.
   *
   * @return empty if it is not the name of a numbered file of this kind, exactly as {@link
   *     #fileName(long)} writes it
   */
  public OptionalLong idIn(String fileName) {
    int at = pattern.indexOf('%');
    if (at < 0 || !fileName.regionMatches(0, pattern, 0, at)) {
      return OptionalLong.empty();
    }
    boolean wide = pattern.charAt(at + 1) == 'l';
    String suffix = pattern.substring(at + (wide ? 3 : 2));
    int end = fileName.length() - suffix.length();
    if (end <= at || !fileName.endsWith(suffix)) {
      return OptionalLong.empty();
    }
    OptionalLong id = parse(fileName.substring(at, end), wide);
    return id.isPresent() && fileName(id.getAsLong()).equals(fileName) ? id : OptionalLong.empty();
  }

  private OptionalLong parse(String digits, boolean wide) {
    int radix = pattern.contains("%x") ? 16 : 10;
    if (!wide && digits.length() > U32_MAX_DIGITS) {
      return OptionalLong.empty();
    }
    try {
      long id =
          wide ? Long.parseUnsignedLong(digits, radix) : Integer.parseUnsignedInt(digits, radix);
      return OptionalLong.of(wide ? id : id & 0xffffffffL);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The kind a magic word belongs to, the first in order of declaration; null if none. */
  public static ImageType ofMagic(int magic) {
    for (ImageType type : values()) {
      if (type.magic == magic && !type.isRaw()) {
        return type;
      }
    }
    return null;
  }

  /** The kind that crit calls by this name, the first in order of declaration; null if none. */
  public static ImageType ofMagicName(String magicName) {
    for (ImageType type : values()) {
      if (type.magicName.equals(magicName) && !type.isRaw()) {
        return type;
      }
    }
    return null;
  }

  /** The kind of the file with this name; null if CRIU has no such image. */
  public static ImageType ofFileName(String fileName) {
    for (ImageType type : values()) {
      if (type.isNumbered() ? type.idIn(fileName).isPresent() : type.pattern.equals(fileName)) {
        return type;
      }
    }
    return null;
  }
}
