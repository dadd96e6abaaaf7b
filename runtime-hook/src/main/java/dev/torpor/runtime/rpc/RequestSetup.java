// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.runtime.engine.Directories;
import dev.torpor.runtime.engine.OperationLog;
import dev.torpor.runtime.hook.OptionsFile;
import dev.torpor.runtime.option.ConfigFile;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.Opt;
import dev.torpor.runtime.option.OptionException;
import dev.torpor.runtime.option.OptionSources;
import dev.torpor.runtime.option.OptionsBuilder;
import java.io.IOException;

/**
 * Options, directories and log of one request.
 *
 * <p>Precedence as in CRIU's cr-service.c: the default files, the request's fields, the request's
 * config_file.
 */
final class RequestSetup implements AutoCloseable {
  private static final String DEFAULT_LOG_FILE = "criu.log";

  private final criu_opts request;
  private final int peerPid;
  private final OptionsBuilder builder = new OptionsBuilder();
  private String configuredLog;
  private String configuredWork;
  private boolean fileSetLog;
  private boolean fileSetWork;
  private boolean fileSetImages;
  private boolean fileRead;
  private Directories directories;
  private OperationLog log;
  private OptionException problem;

  private RequestSetup(criu_opts request, int peerPid) {
    this.request = request;
    this.peerPid = peerPid;
  }

  /** Whether the operation brings tasks back, always detached then: the client is the parent. */
  enum Kind {
    DUMP,
    RESTORE
  }

  /**
   * Opens what the request names; close it whatever {@link #options} says.
   *
   * <p>A request whose options are bad still gets its log, so that the reason stands there.
   *
   * @throws OptionException when there is no directory or log to work with
   */
  static RequestSetup open(criu_req whole, Kind kind, int peerPid, OptionSources sources) {
    RequestSetup setup = new RequestSetup(whole.getOpts(), peerPid);
    OptionException bad = setup.collect(whole, kind, sources);
    try {
      setup.openAll();
    } catch (OptionException e) {
      setup.close();
      throw bad == null ? e : bad;
    }
    for (String note : sources.notes()) {
      setup.log.info(note);
    }
    if (setup.fileRead) {
      setup.log.info("Overwriting RPC settings with values from " + setup.request.getConfigFile());
    }
    setup.problem = bad;
    return setup;
  }

  private OptionException collect(criu_req whole, Kind kind, OptionSources sources) {
    try {
      UnknownFields.refuse(whole);
      sources.defaults(builder);
      RequestOptions.take(request, peerPid, builder);
      if (kind == Kind.RESTORE) {
        builder.flag(Opt.RESTORE_DETACHED, true, "RPC");
      }
      configFile();
      return null;
    } catch (OptionException e) {
      return e;
    }
  }

  private void configFile() {
    if (!request.hasConfigFile()) {
      return;
    }
    configuredLog = builder.text(Opt.LOG_FILE);
    configuredWork = builder.text(Opt.WORK_DIR);
    builder.forget(Opt.LOG_FILE);
    builder.forget(Opt.WORK_DIR);
    builder.forget(Opt.IMAGES_DIR);
    String file = RequestOptions.known("config_file", request.getConfigFile());
    fileRead = ConfigFile.read(file, builder) || madeAgain(file);
    fileSetLog = builder.text(Opt.LOG_FILE) != null;
    fileSetWork = builder.text(Opt.WORK_DIR) != null;
    fileSetImages = builder.text(Opt.IMAGES_DIR) != null;
  }

  /** What annotations of a container ask for goes with its archives; the file of it does not. */
  private boolean madeAgain(String file) {
    OptionsFile options = OptionsFile.ofPath(file);
    if (options == null) {
      return false;
    }
    try {
      options.make();
    } catch (IOException e) {
      // It is for others, and for another time: its name says all.
    }
    ConfigFile.parse(file, options.configuration(), builder);
    return true;
  }

  private void openAll() {
    String images = imagesPath();
    directories = Directories.open(images, workPath(images));
    log = openLog();
  }

  private String imagesPath() {
    if (fileSetImages) {
      return builder.text(Opt.IMAGES_DIR);
    }
    if (request.getImagesDirFd() != -1) {
      return ofPeer(request.getImagesDirFd());
    }
    if (request.hasImagesDir()) {
      return RequestOptions.known("images_dir", request.getImagesDir());
    }
    throw new OptionException("RPC request names no images directory: set images_dir_fd");
  }

  private String workPath(String images) {
    if (fileSetWork) {
      return builder.text(Opt.WORK_DIR);
    }
    if (request.hasWorkDirFd()) {
      return ofPeer(request.getWorkDirFd());
    }
    if (configuredWork != null) {
      return configuredWork;
    }
    String work = builder.text(Opt.WORK_DIR);
    return work == null ? images : work;
  }

  private String ofPeer(int fd) {
    return "/proc/" + peerPid + "/fd/" + fd;
  }

  private OperationLog openLog() {
    int level = builder.logLevel();
    if (!fileSetLog && request.hasLogFile()) {
      if (request.getLogFile().indexOf('/') >= 0) {
        throw new OptionException(
            "RPC field log_file: "
                + request.getLogFile()
                + " has a directory in it: name a file in the work directory");
      }
      return OperationLog.open(
          directories.inWork(RequestOptions.known("log_file", request.getLogFile())), level);
    }
    if (!fileSetLog && request.getLogToStderr()) {
      return OperationLog.standardError(level);
    }
    String name = builder.text(Opt.LOG_FILE);
    name = name == null ? configuredLog : name;
    name = name == null ? DEFAULT_LOG_FILE : name;
    return OperationLog.open(directories.inWork(name), level);
  }

  /** Ends the collection: the options, unless something among them is bad. */
  CriuOptions options() {
    if (problem != null) {
      throw problem;
    }
    return builder.build();
  }

  Directories directories() {
    return directories;
  }

  OperationLog log() {
    return log;
  }

  /** Says over which socket the request came. */
  void cameOver(RpcSocket socket) {
    builder.requestSocketIno(socket.ino());
  }

  criu_opts request() {
    return request;
  }

  boolean notifiesClient() {
    return request.getNotifyScripts();
  }

  @Override
  public void close() {
    try {
      if (log != null) {
        log.close();
      }
    } catch (IOException e) {
      // What it was to say has been said with the answer.
      log = null;
    }
    if (directories != null) {
      directories.close();
    }
  }
}
