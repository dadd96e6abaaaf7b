// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.oci.RootFiles;
import java.util.List;
import java.util.Map;

/**
 * All that is told of a checkpoint. The names of components are those of the JSON.
 *
 * @param source the archive or directory
 * @param container what the engine wrote, null where only images are there
 * @param checkpoint what the images and statistics say of the dump
 * @param tasks processes, parents first
 * @param connections pipes and sockets, with who has them
 * @param waiting what nobody has read yet
 * @param mounts of the root task
 * @param cgroups with their settings
 * @param rootFileSystem what changed in it, null where only images are there
 * @param files of the archive or directory
 * @param timeline in the order in which it happened
 * @param log of the dump, line by line
 * @param notes what could not be shown, and why
 */
public record Report(
    String source,
    Container container,
    Dump checkpoint,
    List<Task> tasks,
    List<Connection> connections,
    List<Waiting> waiting,
    List<Mount> mounts,
    List<Cgroup> cgroups,
    RootFileSystem rootFileSystem,
    List<StoredFile> files,
    List<Event> timeline,
    List<String> log,
    List<String> notes) {

  /**
   * The container, by the engine's files.
   *
   * @param limits {@code linux.resources} of its configuration, as it was
   */
  public record Container(
      String engine,
      String id,
      String name,
      String image,
      String imageDigest,
      String runtime,
      String created,
      String checkpointed,
      String pod,
      String hostname,
      List<String> addresses,
      List<String> command,
      List<String> environment,
      List<OuterMount> mounts,
      Map<String, String> annotations,
      Object limits) {}

  /** A mount that its configuration asks for. */
  public record OuterMount(String destination, String type, String source) {}

  /**
   * The dump itself.
   *
   * @param written when its last image was
   * @param statistics of stats-dump: microseconds and pages, by CRIU's names
   */
  public record Dump(
      long imageVersion,
      String runId,
      String securityModule,
      String hostName,
      String written,
      Map<String, Long> statistics,
      long imagesBytes,
      long memoryBytes) {}

  /** A process. */
  public record Task(
      long pid,
      long parent,
      long group,
      long session,
      String name,
      String state,
      List<String> command,
      String executable,
      String directory,
      String root,
      String umask,
      Credentials credentials,
      Seccomp seccomp,
      List<Limit> limits,
      long savedBytes,
      List<TaskThread> threads,
      List<Mapping> mappings,
      List<Descriptor> descriptors,
      List<String> environment) {
    /** The command line, or the name of a task whose memory does not tell it. */
    String title() {
      String line = String.join(" ", command).strip();
      return line.isEmpty() ? name : line;
    }
  }

  /** Whose a thread is and what it may. */
  public record Credentials(
      long uid,
      long gid,
      long effectiveUid,
      long effectiveGid,
      List<Long> groups,
      List<String> effective,
      List<String> permitted,
      List<String> inheritable,
      List<String> ambient,
      List<String> bounding,
      boolean noNewPrivileges,
      String securityProfile) {}

  /** System calls that are filtered. */
  public record Seccomp(String mode, int filters) {}

  /** A resource limit; -1 is none. */
  public record Limit(String name, long soft, long hard) {}

  /** A thread. */
  public record TaskThread(
      long tid,
      String name,
      Map<String, String> registers,
      List<String> blocked,
      List<String> pending,
      Integer policy,
      Integer nice) {}

  /**
   * A mapping.
   *
   * @param protection as in /proc/PID/maps: {@code rw-p}
   * @param savedBytes how much of it is in the images
   */
  public record Mapping(
      String start,
      String end,
      String protection,
      long lengthBytes,
      long savedBytes,
      String what,
      long offset) {
    /** Where it is, what may be done with it, and what it is of. */
    String line() {
      return start + '-' + end + ' ' + protection + ' ' + what;
    }
  }

  /** A descriptor. */
  public record Descriptor(long fd, String type, String what, String detail) {}

  /**
   * A pipe, or two sockets that belong together, or one alone.
   *
   * @param ends who has this side, as {@code PID:FD}
   * @param peers who has the other side, if anybody in the checkpoint
   */
  public record Connection(
      String kind,
      String state,
      String local,
      String remote,
      List<String> ends,
      List<String> peers) {}

  /**
   * Bytes in a pipe, socket or terminal.
   *
   * @param text its beginning, with dots for what is no text
   * @param hex the same beginning
   */
  public record Waiting(String where, long lengthBytes, String text, String hex) {}

  /** A mount. */
  public record Mount(
      String mountPoint,
      String type,
      String source,
      String root,
      String options,
      String external) {}

  /** A cgroup. */
  public record Cgroup(List<String> controllers, String path, Map<String, String> settings) {}

  /** What changed in the container's root file system. */
  public record RootFileSystem(List<RootFiles.Changed> changed, int more, List<String> deleted) {}

  /** A file of the archive or directory. */
  public record StoredFile(String name, long lengthBytes, boolean known) {}

  /**
   * Something that happened.
   *
   * @param when a time of day, or empty
   * @param micros how long it took, or -1
   */
  public record Event(String when, String what, long micros) {}
}
