// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.ImageDirectory;
import dev.torpor.plan.Facts;
import java.nio.file.Path;
import java.util.Map;

/** What is restored, and how; the names are those of CRIU's options. */
public final class RestoreOptions {
  private final ImageDirectory images;
  private boolean attached;
  private boolean sibling;
  private boolean leaveStopped;
  private boolean checksFileMode = true;
  private boolean checksBuildIds = true;
  private Map<String, Integer> inherited = Map.of();
  private final Facts facts = new Facts();
  private String pidfile;
  private Notifier notifier = Notifier.NONE;
  private Log log = Log.SILENT;

  /** From {@code images}. */
  public RestoreOptions(ImageDirectory images) {
    this.images = images;
  }

  /** From a directory. */
  public RestoreOptions(Path images) {
    this(ImageDirectory.at(images.toAbsolutePath()));
  }

  /** Where the images are. */
  public ImageDirectory images() {
    return images;
  }

  /** Whether the launcher stays as the root task's parent, and ends when that has ended. */
  public boolean attached() {
    return attached;
  }

  /** Sets {@link #attached}: the opposite of --restore-detached. */
  public RestoreOptions attached(boolean value) {
    attached = value;
    return this;
  }

  /** Whether the root task becomes a child of who started the launcher. */
  public boolean sibling() {
    return sibling;
  }

  /** Sets {@link #sibling}. */
  public RestoreOptions sibling(boolean value) {
    sibling = value;
    return this;
  }

  /** Whether the tree comes back stopped as by SIGSTOP. */
  public boolean leaveStopped() {
    return leaveStopped;
  }

  /** Sets {@link #leaveStopped}. */
  public RestoreOptions leaveStopped(boolean value) {
    leaveStopped = value;
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
  public RestoreOptions tell(Object options) {
    facts.with(options);
    return this;
  }

  /** Whether type and permissions of opened files must be what they were at the dump. */
  public boolean checksFileMode() {
    return checksFileMode;
  }

  /** Sets {@link #checksFileMode}. */
  public RestoreOptions checksFileMode(boolean value) {
    checksFileMode = value;
    return this;
  }

  /** Whether ELF files must have the build id that the images note. */
  public boolean checksBuildIds() {
    return checksBuildIds;
  }

  /** Sets {@link #checksBuildIds}. */
  public RestoreOptions checksBuildIds(boolean value) {
    checksBuildIds = value;
    return this;
  }

  /** Takes the root task's pid when it is restored; null if that is not wanted. */
  public String pidfile() {
    return pidfile;
  }

  /** Sets {@link #pidfile}: absolute, a file that is not there yet. */
  public RestoreOptions pidfile(String value) {
    pidfile = value;
    return this;
  }

  /** Descriptors of the launcher that replace files, by what they stand for (--inherit-fd). */
  public Map<String, Integer> inherited() {
    return inherited;
  }

  /** Sets {@link #inherited}. */
  public RestoreOptions inherited(Map<String, Integer> value) {
    inherited = Map.copyOf(value);
    return this;
  }

  /** Who is told of the stages. */
  public Notifier notifier() {
    return notifier;
  }

  /** Sets {@link #notifier}. */
  public RestoreOptions notifier(Notifier value) {
    notifier = value;
    return this;
  }

  /** Where the steps are noted. */
  public Log log() {
    return log;
  }

  /** Sets {@link #log}. */
  public RestoreOptions log(Log value) {
    log = value;
    return this;
  }
}
