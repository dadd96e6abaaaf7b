// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.proc.ProcFs;

/**
 * What surrounds the tasks whose files are captured.
 *
 * @param proc where to look
 * @param mounts their mounts
 * @param nets their network namespaces
 * @param pids how images number them
 * @param shellJob whether a terminal may belong to a session outside the tree (--shell-job)
 * @param orphanPtsMaster whether the caller will take care of a terminal's other side, which is
 *     outside the tree (--orphan-pts-master)
 * @param buildIds whether the build ids of ELF files are noted (--file-validation buildid)
 */
public record CaptureContext(
    ProcFs proc,
    MountLookup mounts,
    NetLookup nets,
    PidLookup pids,
    boolean shellJob,
    boolean orphanPtsMaster,
    boolean buildIds) {
  /** Without build ids. */
  public CaptureContext(
      ProcFs proc,
      MountLookup mounts,
      NetLookup nets,
      PidLookup pids,
      boolean shellJob,
      boolean orphanPtsMaster) {
    this(proc, mounts, nets, pids, shellJob, orphanPtsMaster, false);
  }

  /** Without a caller that takes masters. */
  public CaptureContext(
      ProcFs proc, MountLookup mounts, NetLookup nets, PidLookup pids, boolean shellJob) {
    this(proc, mounts, nets, pids, shellJob, false);
  }

  /** The same, with another answer to {@link #buildIds}. */
  public CaptureContext withBuildIds(boolean value) {
    return new CaptureContext(proc, mounts, nets, pids, shellJob, orphanPtsMaster, value);
  }
}
