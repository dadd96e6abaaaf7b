// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.cgroup.CgroupCapture;
import dev.torpor.cgroup.CgroupDumper;
import dev.torpor.cgroup.CgroupException;
import dev.torpor.cgroup.CgroupFs;
import dev.torpor.cgroup.CgroupNamespaces;
import dev.torpor.cgroup.CgroupOptions;
import dev.torpor.cgroup.CgroupYard;
import dev.torpor.cgroup.Freezer;
import dev.torpor.cgroup.FreezerState;
import dev.torpor.cgroup.HierarchyLocator;
import dev.torpor.cgroup.ManageCgroupsMode;
import dev.torpor.cgroup.PrivateV1Mounts;
import dev.torpor.cgroup.ProcMembership;
import dev.torpor.cgroup.PropertyChanges;
import dev.torpor.core.CgroupCapturer;
import dev.torpor.error.DumpException;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.Opt;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The cgroup module under the core's interface, for a dump. */
final class CgroupDump implements CgroupCapturer {
  private static final Path PROC = Path.of("/proc");

  private final boolean ignored;
  private final Freezer freezer;
  private final HierarchyLocator locator;
  private final CgroupDumper dumper;

  CgroupDump(CriuOptions options, String process, Consumer<String> warnings, Rooms rooms)
      throws CgroupException {
    String path = options.text(Opt.FREEZE_CGROUP);
    CgroupOptions cgroups =
        new CgroupOptions(
            options.manageCgroups(),
            options.cgroupRoots(),
            changes(options),
            options.list(Opt.CGROUP_DUMP_CONTROLLER));
    ProcMembership membership = new ProcMembership(PROC, process, new CgroupNamespaces());
    this.ignored = cgroups.mode() == ManageCgroupsMode.IGNORE;
    this.freezer = path == null ? null : Freezer.of(Path.of(path));
    this.locator = locator(options, membership);
    this.dumper = new CgroupDumper(locator, membership, cgroups, freezer, warnings, rooms);
  }

  /** The file comes behind the text, as with CRIU. */
  private static PropertyChanges changes(CriuOptions options) throws CgroupException {
    PropertyChanges changes = PropertyChanges.NONE.and(options.text(Opt.CGROUP_PROPS, ""));
    String file = options.text(Opt.CGROUP_PROPS_FILE);
    return file == null ? changes : changes.and(ProcFs.text(file));
  }

  static HierarchyLocator locator(CriuOptions options, ProcMembership membership)
      throws CgroupException {
    String yard = options.text(Opt.CGROUP_YARD);
    if (yard != null) {
      return new CgroupYard(Path.of(yard));
    }
    String mountinfo = ProcFs.text("/proc/self/mountinfo");
    return new PrivateV1Mounts(new CgroupFs(Path.of("/"), mountinfo), membership.own(), PROC);
  }

  @Override
  public void rehearse(int rootPid, Iterable<Integer> pids) {
    if (ignored) {
      return;
    }
    try {
      dumper.rehearse(rootPid, pids);
    } catch (CgroupException e) {
      throw failure(e);
    }
  }

  @Override
  public Captured capture(int rootPid, Map<Integer, List<Integer>> threads) {
    if (ignored) {
      return new Captured(null, 0, Map.of());
    }
    try {
      CgroupCapture capture = dumper.capture(rootPid, threads);
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

  @Override
  public void close() {
    if (locator instanceof PrivateV1Mounts mounts) {
      mounts.close();
    }
  }

  static DumpException failure(CgroupException cause) {
    return new DumpException(cause.getMessage(), cause);
  }
}
