// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.oci.CheckpointArchive;
import dev.torpor.oci.CheckpointConfig;
import dev.torpor.oci.NetworkStatus;
import dev.torpor.oci.RuntimeSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads what an engine wrote of its container. */
public final class ContainerReader {
  /**
   * Of config.dump, and our own: what had the container, as {@code torpor container list} has it.
   */
  public static final String ENGINE = "engine";

  private static final String CRI_O = "io.kubernetes.cri-o.";
  private static final String CRI = "io.kubernetes.cri.";

  private ContainerReader() {}

  /** Reads it from an archive. */
  public static Report.Container read(CheckpointArchive archive) throws IOException {
    CheckpointConfig config = archive.config();
    RuntimeSpec spec = archive.spec();
    RuntimeSpec.Program process = spec.process();
    return new Report.Container(
        engine(spec, config),
        config.id(),
        config.name() == null ? spec.annotation(CRI + "container-name") : config.name(),
        config.rootfsImageName(),
        config.rootfsImageRef(),
        config.runtime(),
        config.createdTime(),
        config.checkpointedTime(),
        pod(spec),
        spec.hostname(),
        addresses(archive, spec),
        process == null || process.args() == null ? List.of() : process.args(),
        process == null || process.env() == null ? List.of() : process.env(),
        mounts(spec),
        spec.annotations() == null ? Map.of() : spec.annotations(),
        spec.linux() == null ? null : spec.linux().other().get("resources"));
  }

  /** As checkpointctl tells them apart, but that Docker and runc write no such archives. */
  static String engine(RuntimeSpec spec, CheckpointConfig config) {
    String manager = spec.annotation("io.container.manager");
    if (manager != null) {
      return switch (manager) {
        case "libpod" -> "Podman";
        case "cri-o" -> "CRI-O";
        default -> manager;
      };
    }
    if (spec.annotation(CRI + "container-name") != null) {
      return "containerd";
    }
    Object noted = config.other() == null ? null : config.other().get(ENGINE);
    return noted instanceof String engine ? engine : "unknown";
  }

  private static String pod(RuntimeSpec spec) {
    String name = spec.annotation("io.kubernetes.pod.name");
    String space = spec.annotation("io.kubernetes.pod.namespace");
    if (name == null) {
      name = spec.annotation(CRI + "sandbox-name");
      space = spec.annotation(CRI + "sandbox-namespace");
    }
    return name == null || space == null ? name : space + '/' + name;
  }

  private static List<String> addresses(CheckpointArchive archive, RuntimeSpec spec)
      throws IOException {
    List<String> addresses = new ArrayList<>();
    String ip = spec.annotation(CRI_O + "IP.0");
    if (ip != null) {
      addresses.add(ip);
    }
    for (NetworkStatus network : archive.networkStatus().values()) {
      if (network.interfaces() == null) {
        continue;
      }
      for (Map.Entry<String, NetworkStatus.Interface> each : network.interfaces().entrySet()) {
        addresses.add(text(each.getKey(), each.getValue()));
      }
    }
    return addresses;
  }

  private static String text(String name, NetworkStatus.Interface device) {
    StringBuilder text = new StringBuilder(name);
    if (device.subnets() != null) {
      for (NetworkStatus.Subnet subnet : device.subnets()) {
        text.append(' ').append(subnet.ipnet());
      }
    }
    return text.append(' ').append(device.macAddress()).toString();
  }

  private static List<Report.OuterMount> mounts(RuntimeSpec spec) {
    List<Report.OuterMount> mounts = new ArrayList<>();
    if (spec.mounts() != null) {
      for (RuntimeSpec.Mount mount : spec.mounts()) {
        mounts.add(new Report.OuterMount(mount.destination(), mount.type(), mount.source()));
      }
    }
    return mounts;
  }
}
