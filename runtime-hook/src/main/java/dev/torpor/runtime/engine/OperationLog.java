// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.core.Log;
import dev.torpor.error.IoReason;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.OutputFile;
import dev.torpor.runtime.option.OptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CRIU's log: {@code (00.001234) Error (File.java:12): text}, times from level 3 on.
 *
 * <p>runc and crun read the file and show its {@code Error} lines; Podman and CRI-O create and
 * label it beforehand, so it is emptied and appended to, never unlinked or renamed.
 */
public final class OperationLog implements Log, AutoCloseable {
  private static final int ERROR = 1;
  private static final int WARN = 2;
  private static final int INFO = 3;
  private static final int DEBUG = 4;

  private static final int OWNER_ONLY_MODE = 0600;

  /** What fits into criu_resp.cr_errmsg beside the rest; go-criu reads 8192 bytes. */
  private static final int FIRST_ERROR_MAX_CHARS = 1024;

  private final OutputFile output;
  private final boolean standardError;
  private final int level;
  private final long startNanos = System.nanoTime();
  private String firstError;

  private OperationLog(OutputFile output, boolean standardError, int level) {
    this.output = output;
    this.standardError = standardError;
    this.level = level;
  }

  /**
   * Creates or empties a log file, mode 0600.
   *
   * @param file where
   * @param level 1 errors, 2 warnings, 3 information, 4 everything
   */
  public static OperationLog open(String file, int level) {
    try {
      return new OperationLog(OutputFile.append(file, OWNER_ONLY_MODE), false, level).head();
    } catch (IOException e) {
      throw new OptionException("log file " + IoReason.of(e) + ": name another");
    }
  }

  /** Logs to descriptor 2. */
  public static OperationLog standardError(int level) {
    return new OperationLog(OutputFile.of(2), true, level).head();
  }

  private OperationLog head() {
    if (level >= INFO) {
      info("Version: " + Version.TEXT + " (gitid 0)");
      info(
          "Running on "
              + kernel("hostname")
              + " Linux "
              + kernel("osrelease")
              + ' '
              + kernel("version")
              + ' '
              + (System.getProperty("os.arch").equals("amd64")
                  ? "x86_64"
                  : System.getProperty("os.arch")));
    }
    return this;
  }

  private static String kernel(String name) {
    try {
      return Files.readString(Path.of("/proc/sys/kernel", name)).trim();
    } catch (IOException e) {
      return "(unknown " + name + ")";
    }
  }

  /** Whether lines go to descriptor 2 instead of a file. */
  public boolean isStandardError() {
    return standardError;
  }

  /** Descriptor that it is written to. */
  public int fd() {
    return output.fd();
  }

  /** Level that decides what is written. */
  public int level() {
    return level;
  }

  /** The first error so far, at most 1024 characters; null when there is none. */
  public String firstError() {
    return firstError;
  }

  /** A failure that ends the operation. */
  @Override
  public void error(String text) {
    error(text, caller());
  }

  /** An error at the place where an exception was made; not where its own class makes it. */
  void failure(String text, Throwable failure) {
    String made = failure.getClass().getName();
    for (StackTraceElement frame : failure.getStackTrace()) {
      if (!frame.getClassName().equals(made)) {
        error(text, place(frame));
        return;
      }
    }
    error(text, caller());
  }

  private void error(String text, String place) {
    if (firstError == null) {
      firstError =
          text.length() > FIRST_ERROR_MAX_CHARS ? text.substring(0, FIRST_ERROR_MAX_CHARS) : text;
    }
    line(ERROR, "Error (" + place + "): " + text);
  }

  /** Something that may matter, the operation goes on. */
  @Override
  public void warn(String text) {
    line(WARN, "Warn  (" + caller() + "): " + text);
  }

  /** What is being done. */
  @Override
  public void info(String text) {
    line(INFO, text);
  }

  /** Every detail. */
  @Override
  public void debug(String text) {
    line(DEBUG, text);
  }

  /** Who hands the log over as a function stands behind that, and behind what calls it. */
  private static String caller() {
    StackTraceElement[] frames = new Throwable().getStackTrace();
    for (int i = 2; i < frames.length; i++) {
      if (frames[i].getFileName() != null && frames[i].getClassName().startsWith("dev.torpor.")) {
        return place(frames[i]);
      }
    }
    return place(frames[2]);
  }

  private static String place(StackTraceElement frame) {
    return frame.getFileName() + ':' + frame.getLineNumber();
  }

  private synchronized void line(int lineLevel, String text) {
    if (lineLevel > level) {
      return;
    }
    StringBuilder line = new StringBuilder(text.length() + 16);
    if (level >= INFO) {
      timestamp(line, (System.nanoTime() - startNanos) / 1000);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      line.append(c == '\n' || c == '\r' || c == 0 ? ' ' : c);
    }
    line.append('\n');
    try {
      // One write per line: with O_APPEND lines of scripts and ours do not mix.
      output.write(ByteBuffer.wrap(KernelString.encode(line.toString())));
    } catch (IOException e) {
      // A full disk must not end the operation; who reads the log sees that it stops.
      firstError = firstError == null ? "log cannot be written: " + e.getMessage() : firstError;
    }
  }

  private static void timestamp(StringBuilder line, long micros) {
    line.append('(');
    padded(line, micros / 1_000_000, 10);
    line.append('.');
    padded(line, micros % 1_000_000, 100_000);
    line.append(") ");
  }

  private static void padded(StringBuilder line, long number, long topDigit) {
    for (long digit = topDigit; digit > 1 && number < digit; digit /= 10) {
      line.append('0');
    }
    line.append(number);
  }

  @Override
  public void close() throws IOException {
    if (!standardError) {
      output.close();
    }
  }
}
