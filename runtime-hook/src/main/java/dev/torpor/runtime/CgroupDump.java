// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.cgroup.CgroupCapture;
import dev.torpor.cgroup.CgroupDumper;
import dev.torpor.cgroup.CgroupException;
import dev.torpor.cgroup.CgroupFs;
import dev.torpor.cgroup.CgroupNamespaces;
import dev.torpor.cgroup.CgroupOptions;
import dev.torpor.cgroup.Freezer;
import dev.torpor.cgroup.FreezerState;
import dev.torpor.cgroup.ManageCgroupsMode;
import dev.torpor.cgroup.PrivateV1Mounts;
import dev.torpor.cgroup.ProcMembership;
import dev.torpor.core.CgroupCapturer;
import dev.torpor.error.DumpException;
import dev.torpor.proc.ProcFs;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.Opt;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The cgroup module under the core's interface, for a dump. */
final class CgroupDump implements CgroupCapturer {
  private static final Path PROC = Path.of("/proc");

  private final CgroupOptions options;
  private final Freezer freezer;

  CgroupDump(CriuOptions options) throws CgroupException {
    this.options = CgroupOptions.of(mode(options));
    String path = options.text(Opt.FREEZE_CGROUP);
    this.freezer = path == null ? null : Freezer.of(Path.of(path));
  }

  static ManageCgroupsMode mode(CriuOptions options) {
    return ManageCgroupsMode.valueOf(options.manageCgroups().name());
  }

  @Override
  public Captured capture(int rootPid, Map<Integer, List<Integer>> threads) {
    if (options.mode() == ManageCgroupsMode.IGNORE) {
      return new Captured(null, 0, Map.of());
    }
    ProcMembership membership = new ProcMembership(PROC, new CgroupNamespaces());
    try (PrivateV1Mounts mounts =
        new PrivateV1Mounts(
            new CgroupFs(Path.of("/"), ProcFs.text("/proc/self/mountinfo")),
            membership.own(),
            PROC)) {
      CgroupCapture capture =
          new CgroupDumper(mounts, membership, options).capture(rootPid, threads, freezer);
      return new Captured(capture.entry(), capture.dumperSetId(), capture.setIds());
    } catch (CgroupException e) {
      throw failure(e);
    }
  }

  @Override
  public boolean isFrozen() {
    return freezer != null && freezer.originState() == FreezerState.FROZEN;
  }

  @Override
  public void thaw() {
    try {
      freezer.request(FreezerState.THAWED);
    } catch (CgroupException e) {
      throw failure(e);
    }
  }

  @Override
  public void freezeAgain() {
    try {
      freezer.request(freezer.originState());
    } catch (CgroupException e) {
      throw failure(e);
    }
  }

  static DumpException failure(CgroupException cause) {
    return new DumpException(cause.getMessage(), cause);
  }
}
