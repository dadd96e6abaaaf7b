// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageDirectory;
import dev.torpor.plan.Facts;
import java.nio.file.Path;

/** What is dumped, where to, and how; the names are those of CRIU's options. */
public final class DumpOptions {
  /** CRIU's. */
  private static final int DEFAULT_TIMEOUT_SECONDS = 10;

  private final int pid;
  private final ImageDirectory images;
  private boolean leaveRunning;
  private boolean leaveStopped;
  private int timeoutSeconds = DEFAULT_TIMEOUT_SECONDS;
  private boolean shellJob;
  private boolean liveMemory;
  private final Facts facts = new Facts();
  private boolean buildIds = true;
  private Notifier notifier = Notifier.NONE;
  private Log log = Log.SILENT;

  /** The tree of {@code pid}, into {@code images}. */
  public DumpOptions(int pid, ImageDirectory images) {
    this.pid = pid;
    this.images = images;
  }

  /** The tree of {@code pid}, into a directory that exists. */
  public DumpOptions(int pid, Path images) {
    this(pid, ImageDirectory.at(images.toAbsolutePath()));
  }

  /** The root task, as Torpor sees it. */
  public int pid() {
    return pid;
  }

  /** Where the images go. */
  public ImageDirectory images() {
    return images;
  }

  /** Whether the tree goes on afterwards. */
  public boolean leaveRunning() {
    return leaveRunning;
  }

  /** Sets {@link #leaveRunning}. */
  public DumpOptions leaveRunning(boolean value) {
    leaveRunning = value;
    return this;
  }

  /** Whether the tree is there afterwards, stopped as by SIGSTOP; {@link #leaveRunning} wins. */
  public boolean leaveStopped() {
    return leaveStopped;
  }

  /** Sets {@link #leaveStopped}. */
  public DumpOptions leaveStopped(boolean value) {
    leaveStopped = value;
    return this;
  }

  /** How long it may take until the whole tree stands, in seconds; 0 is as long as it takes. */
  public int timeoutSeconds() {
    return timeoutSeconds;
  }

  /**
   * Sets {@link #timeoutSeconds}.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public DumpOptions timeoutSeconds(int value) {
    if (value < 0) {
      throw new IllegalArgumentException("a timeout of " + value + " s");
    }
    timeoutSeconds = value;
    return this;
  }

  /** Whether session, process group and terminal may belong to a shell outside the tree. */
  public boolean shellJob() {
    return shellJob;
  }

  /** Sets {@link #shellJob}. */
  public DumpOptions shellJob(boolean value) {
    shellJob = value;
    return this;
  }

  /** Whether memory is copied before the tree is frozen, as far as that can be. */
  public boolean liveMemory() {
    return liveMemory;
  }

  /** Sets {@link #liveMemory}. */
  public DumpOptions liveMemory(boolean value) {
    liveMemory = value;
    return this;
  }

  /** What the caller says to single rooms. */
  public Facts facts() {
    return facts;
  }

  /**
   * Says something to a single room.
   *
   * @param options of a class that the room looks for, such as {@link
   *     dev.torpor.file.TerminalOptions}
   */
  public DumpOptions tell(Object options) {
    facts.with(options);
    return this;
  }

  /** Whether the build ids of ELF files are noted, for a restore to compare. */
  public boolean buildIds() {
    return buildIds;
  }

  /** Sets {@link #buildIds}. */
  public DumpOptions buildIds(boolean value) {
    buildIds = value;
    return this;
  }

  /** Who is told of the stages. */
  public Notifier notifier() {
    return notifier;
  }

  /** Sets {@link #notifier}. */
  public DumpOptions notifier(Notifier value) {
    notifier = value;
    return this;
  }

  /** Where the steps are noted. */
  public Log log() {
    return log;
  }

  /** Sets {@link #log}. */
  public DumpOptions log(Log value) {
    log = value;
    return this;
  }
}
