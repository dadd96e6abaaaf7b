// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.kernel;

import dev.torpor.linux.Nr;
import dev.torpor.linux.Unistd;
import java.util.ArrayList;
import java.util.List;

/** What {@code check} asks the kernel. Probes change nothing that stays. */
public final class KernelCheck {
  /** What nothing works without, in the order it is looked for. */
  private enum Required {
    ROOT(KernelCheck::root),
    MAP_FILES(ProcProbes::mapFiles),
    TIMERS(ProcProbes::timers),
    MNT_ID(ProcProbes::mountId),
    NS_PID(ProcProbes::pidsInNamespaces),
    KCMP(() -> CallProbes.known(Nr.SYS_kcmp, "kcmp", "CONFIG_KCMP")),
    KCMP_EPOLL(CallProbes::kcmpEpoll),
    PIDFD_GETFD(CallProbes::pidfdGetfd),
    PROCESS_VM_READV(
        () ->
            CallProbes.known(
                Nr.SYS_process_vm_readv, "process_vm_readv", "CONFIG_CROSS_MEMORY_ATTACH")),
    CLOSE_RANGE(() -> CallProbes.known(Nr.SYS_close_range, "close_range", "Linux 5.9")),
    CLONE3_SET_TID(CallProbes::clone3SetTid),
    PR_SET_MM(ProcProbes::memoryMap),
    PAGEMAP_SCAN(MemoryProbes::pagemapScan),
    SOCK_DIAG(SocketProbes::unixDiag),
    PTRACE(TaskProbes::stops),
    RSEQ(TaskProbes::rseqConfiguration);

    // Probes are methods without state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Probe probe;

    Required(Probe probe) {
      this.probe = probe;
    }
  }

  /** All features that can be asked for, separated by blanks. */
  public static String featureNames() {
    StringBuilder names = new StringBuilder();
    for (Feature feature : Feature.values()) {
      names.append(names.length() == 0 ? "" : " ").append(feature.criuName());
    }
    return names.toString();
  }

  /** What is missing of that which nothing works without; null when all is there. */
  public String firstMissing() {
    for (Required required : Required.values()) {
      String missing = Feature.missing(required.probe);
      if (missing != null) {
        return missing;
      }
    }
    return null;
  }

  /** What is missing of the features of a group, with the name of each. */
  public List<String> missing(Feature.Group group) {
    List<String> all = new ArrayList<>();
    for (Feature feature : Feature.values()) {
      String missing = feature.group() == group ? feature.missing() : null;
      if (missing != null) {
        all.add(feature.criuName() + " is not supported: " + missing);
      }
    }
    return all;
  }

  /**
   * Probes one feature.
   *
   * @return null when it is there, else what is missing
   * @throws IllegalArgumentException for a name that CRIU does not have
   */
  public String missing(String name) {
    Feature feature = Feature.of(name);
    if (feature == null) {
      throw new IllegalArgumentException(
          "unknown feature " + name + ": --feature list names them all");
    }
    return feature.missing();
  }

  private static String root() {
    return Unistd.geteuid() == 0
        ? null
        : "not root: run as root with CAP_SYS_ADMIN and CAP_SYS_PTRACE";
  }
}
