// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The directory of one cgroup.
 *
 * @param path where it is reachable for this process
 */
public record CgroupDirectory(Path path) {

  /** A cgroup below this one; leading slashes do not matter. */
  CgroupDirectory resolve(String below) {
    int start = 0;
    while (start < below.length() && below.charAt(start) == '/') {
      start++;
    }
    return start == below.length()
        ? this
        : new CgroupDirectory(path.resolve(below.substring(start)).normalize());
  }

  /** Whether the directory exists and is a cgroup, not something mounted over it. */
  public boolean isCgroup() {
    return Files.exists(path.resolve("cgroup.procs"));
  }

  /** Whether the directory exists. */
  public boolean exists() {
    return Files.exists(path);
  }

  /**
   * Whether the cgroup has a file of that name: controllers and kernel versions differ in theirs.
   */
  public boolean has(String file) {
    return Files.exists(path.resolve(file));
  }

  /**
   * Reads a file whole.
   *
   * @throws CgroupException if that fails
   */
  public String read(String file) throws CgroupException {
    try {
      return Files.readString(path.resolve(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CgroupException("read " + path.resolve(file), e);
    }
  }

  /**
   * Writes a file with one write(2): the kernel takes each call as one value.
   *
   * @throws CgroupException if that fails
   */
  public void write(String file, String value) throws CgroupException {
    try (SeekableByteChannel channel =
        Files.newByteChannel(path.resolve(file), Set.of(StandardOpenOption.WRITE))) {
      channel.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new CgroupException("write '" + value + "' to " + path.resolve(file), e);
    }
  }

  /** Names of its files, sorted; none if it has been removed meanwhile. */
  List<String> files() {
    String[] names = path.toFile().list();
    if (names == null) {
      return List.of();
    }
    Arrays.sort(names);
    return List.of(names);
  }

  /** Makes the directory. */
  void create() throws CgroupException {
    try {
      Files.createDirectory(path);
    } catch (IOException e) {
      throw new CgroupException("make cgroup " + path, e);
    }
  }

  /**
   * The cgroups right below, sorted by name.
   *
   * @return an empty list if this cgroup has been removed meanwhile
   * @throws CgroupException if the directory cannot be read
   */
  public List<CgroupDirectory> children() throws CgroupException {
    List<CgroupDirectory> children = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path, Files::isDirectory)) {
      for (Path entry : entries) {
        children.add(new CgroupDirectory(entry));
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      throw new CgroupException(
          "list " + path,
          e instanceof IOException io
              ? io
              : ((java.nio.file.DirectoryIteratorException) e).getCause());
    }
    children.sort((a, b) -> a.path.compareTo(b.path));
    return children;
  }

  /**
   * The processes (thread group ids, in this process's pid namespace) in this cgroup and all below.
   *
   * @throws CgroupException if a list cannot be read
   */
  public Set<Integer> processes() throws CgroupException {
    Set<Integer> pids = new TreeSet<>();
    collect(pids, "cgroup.procs");
    return Collections.unmodifiableSet(pids);
  }

  private void collect(Set<Integer> ids, String file) throws CgroupException {
    // cgroup.procs of a threaded cgroup cannot be read; its domain above lists the same processes.
    if (!file.equals("cgroup.procs") || !isThreaded()) {
      addIds(ids, file);
    }
    for (CgroupDirectory child : children()) {
      child.collect(ids, file);
    }
  }

  private boolean isThreaded() throws CgroupException {
    try {
      return has("cgroup.type") && read("cgroup.type").startsWith("threaded");
    } catch (CgroupException e) {
      return vanished(e);
    }
  }

  private void addIds(Set<Integer> ids, String file) throws CgroupException {
    String text;
    try {
      text = read(file);
    } catch (CgroupException e) {
      vanished(e);
      return;
    }
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      int id = Integer.parseInt(text, start, end, 10);
      if (id == 0) {
        throw new CgroupException(
            path.resolve(file) + ": has a task of a pid namespace that is not visible here");
      }
      ids.add(id);
      start = end + 1;
    }
  }

  private boolean vanished(CgroupException e) throws CgroupException {
    if (exists()) {
      throw e;
    }
    return false;
  }
}
