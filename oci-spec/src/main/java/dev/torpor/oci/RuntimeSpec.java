// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * {@code config.json} of a bundle, and {@code spec.dump} of a checkpoint archive.
 *
 * <pre>
 * {"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "mounts": [...], "linux": {...}}
 * </pre>
 *
 * <p>See <a
 * href="https://github.com/opencontainers/runtime-spec/blob/main/config.md">config.md</a>.
 *
 * @param ociVersion version of the specification
 * @param process what runs in the container, null when nothing is to be started
 * @param root where the root file system is
 * @param hostname name in the uts namespace, or null
 * @param mounts in the order they are made, or null
 * @param annotations or null
 * @param hooks programs by stage, or null
 * @param linux or null on other systems
 * @param other every other field, as it was read
 */
public record RuntimeSpec(
    String ociVersion,
    Program process,
    Root root,
    String hostname,
    List<Mount> mounts,
    Map<String, String> annotations,
    Map<String, List<Hook>> hooks,
    Linux linux,
    @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {

  /**
   * A program that a runtime runs at a stage of a container's life.
   *
   * @param path absolute
   * @param args its argv, the first of them its name, or null for the path alone
   * @param env all of its environment, or null for none
   * @param timeout seconds, or null for no limit
   * @param other every other field
   */
  public record Hook(
      String path,
      List<String> args,
      List<String> env,
      Integer timeout,
      @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /**
   * What runs in the container.
   *
   * @param terminal whether it has a terminal, or null for no
   * @param cwd working directory
   * @param args command line, or null
   * @param env environment, or null
   * @param other every other field
   */
  public record Program(
      Boolean terminal,
      String cwd,
      List<String> args,
      List<String> env,
      @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /**
   * Root file system.
   *
   * @param path absolute, or relative to the bundle
   * @param readonly or null for no
   * @param other every other field
   */
  public record Root(
      String path, Boolean readonly, @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /**
   * One mount.
   *
   * @param destination mount point inside
   * @param type file system, {@code bind} too, or null
   * @param source device or path outside, or null
   * @param options as of mount(8), or null
   * @param other every other field
   */
  public record Mount(
      String destination,
      String type,
      String source,
      List<String> options,
      @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {

    /** Whether it shows a path of the outside, as runc decides it. */
    public boolean isBind() {
      return "bind".equals(type)
          || (options != null && (options.contains("bind") || options.contains("rbind")));
    }
  }

  /**
   * What is special to Linux.
   *
   * @param namespaces or null
   * @param cgroupsPath or null when the runtime chooses
   * @param maskedPaths or null
   * @param readonlyPaths or null
   * @param other every other field
   */
  public record Linux(
      List<Namespace> namespaces,
      String cgroupsPath,
      List<String> maskedPaths,
      List<String> readonlyPaths,
      @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /**
   * One namespace.
   *
   * @param type pid, network, mount, ipc, uts, user, cgroup, time
   * @param path of an existing one to join, null for a new one
   * @param other every other field
   */
  public record Namespace(
      String type, String path, @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /** Reads a file. */
  public static RuntimeSpec read(Path file) throws OciException {
    return checked(file.toString(), EngineJson.read(file, RuntimeSpec.class));
  }

  static RuntimeSpec parse(String name, byte[] json) throws OciException {
    return checked(name, EngineJson.parse(name, json, RuntimeSpec.class));
  }

  private static RuntimeSpec checked(String name, RuntimeSpec spec) throws OciException {
    if (spec.ociVersion == null) {
      throw new OciException(name, "has no ociVersion: this is no OCI runtime configuration");
    }
    return spec;
  }

  /** JSON with every field that was read. */
  public byte[] toJson() {
    return EngineJson.write(this);
  }

  /** Hooks of a stage in their order; none if there are none. */
  public List<Hook> hooks(String stage) {
    List<Hook> all = hooks == null ? null : hooks.get(stage);
    return all == null ? List.of() : all;
  }

  /** The same without hooks and without a terminal: what stands in for it and runs nothing. */
  public RuntimeSpec standIn() {
    Program silent =
        process == null
            ? null
            : new Program(false, process.cwd, process.args, process.env, process.other);
    return new RuntimeSpec(
        ociVersion, silent, root, hostname, mounts, annotations, null, linux, other);
  }

  /** Value of an annotation, null when it is not there. */
  public String annotation(String name) {
    return annotations == null ? null : annotations.get(name);
  }

  /** The namespace of a type, null when the container shares the host's. */
  public Namespace namespace(String type) {
    if (linux == null || linux.namespaces == null) {
      return null;
    }
    for (Namespace namespace : linux.namespaces) {
      if (type.equals(namespace.type)) {
        return namespace;
      }
    }
    return null;
  }
}
