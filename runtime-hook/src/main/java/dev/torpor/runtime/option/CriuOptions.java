// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import dev.torpor.cgroup.CgroupRoot;
import dev.torpor.cgroup.ManageCgroupsMode;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The options of one operation, merged from all their sources; immutable.
 *
 * <p>Anything {@link Support#REFUSED} is already refused when an instance exists, see {@link
 * OptionsBuilder#build}.
 */
public final class CriuOptions {
  private final Set<Opt> flags;
  private final Map<Opt, String> texts;
  private final Map<Opt, List<String>> lists;
  private final List<ExternalMount> externalMounts;
  private final List<CgroupRoot> cgroupRoots;
  private final List<InheritedFd> inheritedFds;
  private final List<JoinedNamespace> joinedNamespaces;
  private final FinalState finalState;
  private final ManageCgroupsMode manageCgroups;
  private final NetworkLock networkLock;
  private final FileValidation fileValidation;
  private final CpuCaps cpuCaps;
  private final int logLevel;
  private final int treePid;
  private final int timeoutSeconds;
  private final long ghostLimitBytes;
  private final boolean autodetectExternalMounts;
  private final boolean orphanPtsMaster;
  private final int requestSocketIno;

  CriuOptions(OptionsBuilder from) {
    flags = from.flags.clone();
    texts = new EnumMap<>(from.texts);
    lists = new EnumMap<>(from.lists);
    externalMounts = List.copyOf(from.externalMounts);
    cgroupRoots = List.copyOf(from.cgroupRoots);
    inheritedFds = List.copyOf(from.inheritedFds);
    joinedNamespaces = List.copyOf(from.joinedNamespaces);
    finalState = from.finalState;
    manageCgroups = from.manageCgroups;
    networkLock = from.networkLock;
    fileValidation = from.fileValidation;
    cpuCaps = from.cpuCaps;
    logLevel = from.logLevel;
    treePid = from.treePid;
    timeoutSeconds = from.timeoutSeconds;
    ghostLimitBytes = from.ghostLimitBytes;
    autodetectExternalMounts = from.autodetectExternalMounts;
    orphanPtsMaster = from.orphanPtsMaster;
    requestSocketIno = from.requestSocketIno;
  }

  /** Whether a {@link Shape#FLAG} or {@link Shape#SWITCH} is on. */
  public boolean on(Opt option) {
    return flags.contains(option);
  }

  /** Text of a {@link Shape#VALUE} option, null when it was not given. */
  public String text(Opt option) {
    return texts.get(option);
  }

  /** Text of a {@link Shape#VALUE} option, or another when it was not given. */
  public String text(Opt option, String otherwise) {
    return texts.getOrDefault(option, otherwise);
  }

  /** Values of a {@link Shape#REPEATED} option in the order given. */
  public List<String> list(Opt option) {
    return lists.getOrDefault(option, List.of());
  }

  /** Mounts made outside, without {@code auto}. */
  public List<ExternalMount> externalMounts() {
    return externalMounts;
  }

  /** Whether mounts that come from outside are found by looking ({@code --ext-mount-map auto}). */
  public boolean autodetectExternalMounts() {
    return autodetectExternalMounts;
  }

  /** Other roots for restored cgroups. */
  public List<CgroupRoot> cgroupRoots() {
    return cgroupRoots;
  }

  /** Descriptors that stand in for dumped resources. */
  public List<InheritedFd> inheritedFds() {
    return inheritedFds;
  }

  /** The same by what they stand in for. */
  public Map<String, Integer> inheritedByResource() {
    Map<String, Integer> descriptors = new HashMap<>();
    for (InheritedFd fd : inheritedFds) {
      descriptors.put(fd.resource(), fd.fd());
    }
    return descriptors;
  }

  /** Namespaces to restore into. */
  public List<JoinedNamespace> joinedNamespaces() {
    return joinedNamespaces;
  }

  /** What becomes of the tasks at the end. */
  public FinalState finalState() {
    return finalState;
  }

  /** How cgroups are treated. */
  public ManageCgroupsMode manageCgroups() {
    return manageCgroups;
  }

  /** How TCP traffic is held. */
  public NetworkLock networkLock() {
    return networkLock;
  }

  /** How files are compared on restore. */
  public FileValidation fileValidation() {
    return fileValidation;
  }

  /** What of the processor is written down, and compared. */
  public CpuCaps cpuCaps() {
    return cpuCaps;
  }

  /** 0 messages only, 1 errors, 2 warnings, 3 info, 4 and above everything. */
  public int logLevel() {
    return logLevel;
  }

  /** Root of the tree to dump, 0 when not given. */
  public int treePid() {
    return treePid;
  }

  /** How long freezing may take, in seconds; 0 is no limit. */
  public int timeoutSeconds() {
    return timeoutSeconds;
  }

  /** Largest deleted file that is carried inside the images, in bytes. */
  public long ghostLimitBytes() {
    return ghostLimitBytes;
  }

  /** Inode of our end of the socket that the operation was asked for over, 0 if there is none. */
  public int requestSocketIno() {
    return requestSocketIno;
  }

  /** Whether the master side of an orphaned terminal goes to the RPC client. */
  public boolean orphanPtsMaster() {
    return orphanPtsMaster;
  }
}
