// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads /proc/PID/cgroup. */
public final class ProcMembership implements MembershipReader {

  /** Runs a reader inside the cgroup namespace of another process. */
  public interface NamespaceSwitch {
    /**
     * Reads a file with the calling thread in the cgroup namespace of a process.
     *
     * @param pid the process
     * @param file the file
     * @throws IOException if the namespace cannot be entered or the file not read
     */
    String readInside(int pid, Path file) throws IOException;
  }

  private static final String SELF = "self";

  private final Path proc;
  private final String process;
  private final NamespaceSwitch namespaces;
  private String latestText = "";
  private CgroupMembership latest;

  /**
   * @param proc where proc is mounted
   * @param namespaces enters cgroup namespaces
   */
  public ProcMembership(Path proc, NamespaceSwitch namespaces) {
    this(proc, SELF, namespaces);
  }

  /**
   * @param proc where proc is mounted
   * @param process whose cgroups are {@link #own}, if not those of this JVM
   * @param namespaces enters cgroup namespaces
   */
  public ProcMembership(Path proc, String process, NamespaceSwitch namespaces) {
    this.proc = proc;
    this.process = process;
    this.namespaces = namespaces;
  }

  @Override
  public CgroupMembership own() throws CgroupException {
    return parse(proc.resolve(process).resolve("cgroup"));
  }

  @Override
  public CgroupMembership of(int pid, int tid) throws CgroupException {
    return parse(proc.resolve(pid + "/task/" + tid + "/cgroup"));
  }

  @Override
  public boolean exists(int pid) {
    return Files.exists(proc.resolve(Integer.toString(pid)));
  }

  @Override
  public CgroupMembership seenByItself(int pid) throws CgroupException {
    Path file = proc.resolve(pid + "/cgroup");
    if (namespace(Integer.toString(pid)).equals(namespace(SELF))) {
      return parse(file);
    }
    try {
      return CgroupMembership.parse(namespaces.readInside(pid, file));
    } catch (IOException e) {
      throw new CgroupException("read " + file + " from inside of its cgroup namespace", e);
    }
  }

  private Path namespace(String pid) throws CgroupException {
    Path link = proc.resolve(pid + "/ns/cgroup");
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      throw new CgroupException("read link " + link, e);
    }
  }

  /** The same object as before if the file reads as the one before, which is another thread's. */
  private CgroupMembership parse(Path file) throws CgroupException {
    String text;
    try {
      text = ProcFs.text(file.toString());
    } catch (ProcException e) {
      throw new CgroupException(e.getMessage());
    }
    if (latest == null || !latestText.equals(text)) {
      latest = CgroupMembership.parse(text);
      latestText = text;
    }
    return latest;
  }
}
