// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import com.google.protobuf.Message;
import dev.torpor.core.DumpResult;
import dev.torpor.core.Notifier;
import dev.torpor.core.Notifier.Action;
import dev.torpor.core.RestoreResult;
import dev.torpor.error.IoReason;
import dev.torpor.error.TorporException;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.dump_stats_entry;
import dev.torpor.image.proto.restore_stats_entry;
import dev.torpor.image.proto.stats_entry;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One dump or restore of either front end: the engine, and what surrounds it. */
public final class Operation {
  /** What the RPC answers to a bad option, EBADRQC of asm-generic/errno.h. */
  private static final int EBADRQC = 56;

  private final Engine engine;
  private final CriuOptions options;
  private final Directories directories;
  private final OperationLog log;
  private final List<Notifier> notifiers = new ArrayList<>();

  /** Prepares an operation; nothing is touched yet. */
  public Operation(Engine engine, CriuOptions options, Directories directories, OperationLog log) {
    this.engine = engine;
    this.options = options;
    this.directories = directories;
    this.log = log;
  }

  /** Adds who is to be told, before the action scripts. */
  public Operation notifying(Notifier notifier) {
    notifiers.add(notifier);
    return this;
  }

  /**
   * Dumps.
   *
   * @return 0, or the post-dump scripts' status, which let the tasks live
   */
  public int dump() {
    if (options.on(Opt.MNTNS_COMPAT_MODE)) {
      throw new OptionException(
          "--mntns-compat-mode is for a restore, as with CRIU: leave it out of a dump");
    }
    Plugins.refuse(options.text(Opt.LIBDIR));
    if (options.cpuCaps().inImage()) {
      CpuInfo.dump(directories);
    }
    addScripts();
    DumpResult dumped = engine.dump(job());
    // As with CRIU: of a dump that a script forbade to end there are none.
    if (dumped.postDumpStatus() == 0) {
      dump_stats_entry entry = Statistics.of(dumped);
      writeStatistics(ImageType.STATS_DUMP, stats_entry.newBuilder().setDump(entry).build(), entry);
    }
    return dumped.postDumpStatus();
  }

  /**
   * Restores.
   *
   * @return the root task's pid
   */
  public int restore() {
    Plugins.refuse(options.text(Opt.LIBDIR));
    if (options.cpuCaps().inImage()) {
      CpuInfo.check(directories, options.cpuCaps().compared());
    }
    addScripts();
    RestoreResult restored = engine.restore(job());
    restore_stats_entry entry = Statistics.of(restored);
    stats_entry all = stats_entry.newBuilder().setRestore(entry).build();
    writeStatistics(ImageType.STATS_RESTORE, all, entry);
    return restored.rootPid();
  }

  /** What a restore would do, as text. */
  public String plan() {
    return engine.plan(job());
  }

  private void addScripts() {
    if (!options.list(Opt.ACTION_SCRIPT).isEmpty()) {
      notifiers.add(new ActionScripts(options.list(Opt.ACTION_SCRIPT), engine, directories, log));
    }
  }

  private Job job() {
    return new Job(options, directories, log, new All());
  }

  /** All who are to be told, one after the other until one refuses. */
  private final class All implements Notifier {
    @Override
    public int notify(Action action, int rootPid) {
      for (int i = 0; i < notifiers.size(); i++) {
        int status = notifiers.get(i).notify(action, rootPid);
        if (status != 0) {
          return status;
        }
      }
      return 0;
    }

    @Override
    public boolean give(Action action, int fd) {
      for (int i = 0; i < notifiers.size(); i++) {
        if (notifiers.get(i).give(action, fd)) {
          return true;
        }
      }
      return false;
    }
  }

  private void writeStatistics(ImageType type, stats_entry all, Message entry) {
    Path file = directories.work().resolve(type.fileName());
    try (ImageWriter writer = ImageWriter.create(file, type)) {
      writer.write(all);
    } catch (IOException e) {
      // The tasks are where they should be already; readers of statistics take a missing file.
      log.warn("statistics " + type.fileName() + " cannot be written: " + IoReason.of(e));
    }
    if (options.on(Opt.DISPLAY_STATS)) {
      System.out.println(type.fileName() + ":\n" + entry);
    }
  }

  /**
   * Says in the log why an operation failed.
   *
   * @return the same line, for people who do not read logs
   */
  public static String report(OperationLog log, Throwable failure) {
    String text = Failure.line(failure);
    log.failure(text, failure);
    if (log.level() >= 4) {
      for (StackTraceElement frame : failure.getStackTrace()) {
        log.debug("  at " + frame);
      }
    }
    return text;
  }

  /** The error number for an RPC answer, 0 for none. */
  public static int errno(Throwable failure) {
    if (failure instanceof TorporException torpor) {
      return torpor.errno();
    }
    return failure instanceof OptionException ? EBADRQC : 0;
  }
}
