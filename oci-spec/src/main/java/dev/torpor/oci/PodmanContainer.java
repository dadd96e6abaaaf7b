// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.core.type.TypeReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What Podman 4 knows of a container beside its bundle, as {@code podman container checkpoint
 * --export} writes it into archives.
 *
 * <pre>
 * STORAGE/overlay-containers/ID/userdata    the bundle; also artifacts/ and ctr.log
 * STORAGE/libpod/bolt_state.db              ctr/ID/config, state and networks/NAME
 * </pre>
 */
public final class PodmanContainer {
  private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};
  private static final String CONTAINERS = "ctr";
  private static final int SHORT_ID_CHARACTERS = 12;

  /** Drivers whose log Podman puts into an archive. */
  private static final List<String> FILE_LOGS = List.of("k8s-file", "json-file");

  private final Path bundle;
  private final Map<String, Object> config;
  private final Map<String, Object> state;

  private PodmanContainer(Path bundle, Map<String, Object> config, Map<String, Object> state) {
    this.bundle = bundle;
    this.config = config;
    this.state = state;
  }

  /**
   * A volume with a name.
   *
   * @param name the volume's
   * @param destination where it is in the container
   */
  public record Volume(String name, String destination) {}

  /** Whether Podman started what has this configuration. */
  public static boolean owns(RuntimeSpec spec) {
    return "libpod".equals(spec.annotation("io.container.manager"));
  }

  /**
   * Reads what is known of one.
   *
   * @param bundle its
   * @throws OciException if its storage is not as Podman 4 keeps it
   */
  public static PodmanContainer of(String id, Path bundle) throws OciException {
    Path file = database(bundle);
    BoltFile bolt = BoltFile.read(file);
    Map<String, byte[]> values = bolt.values(CONTAINERS, id);
    if (!values.containsKey("config") || !values.containsKey("state")) {
      throw new OciException(file.toString(), "has no container " + id + ": give its whole id");
    }
    String name = file + " container " + id;
    Map<String, Object> config = EngineJson.parse(name, values.get("config"), OBJECT);
    Map<String, Object> networks = new LinkedHashMap<>();
    for (Map.Entry<String, byte[]> each : bolt.values(CONTAINERS, id, "networks").entrySet()) {
      networks.put(each.getKey(), network(id, EngineJson.parse(name, each.getValue(), OBJECT)));
    }
    if (!networks.isEmpty()) {
      config.put("newNetworks", networks);
    }
    return new PodmanContainer(bundle, config, EngineJson.parse(name, values.get("state"), OBJECT));
  }

  /** The name of a container with this bundle; null if Podman 4 has none. */
  public static String nameOf(String id, Path bundle) throws OciException {
    Path file = bundle.resolve("../../../libpod/bolt_state.db").normalize();
    if (!bundle.endsWith(Path.of(id, "userdata")) || !Files.isRegularFile(file)) {
      return null;
    }
    byte[] name = BoltFile.read(file).values("all-ctrs").get(id);
    return name == null ? null : new String(name, StandardCharsets.UTF_8);
  }

  private static Path database(Path bundle) throws OciException {
    Path storage = bundle.resolve("../../..").normalize();
    Path bolt = storage.resolve("libpod/bolt_state.db");
    if (Files.isRegularFile(bolt)) {
      return bolt;
    }
    throw new OciException(
        bolt.toString(),
        Files.exists(storage.resolve("db.sql"))
            ? "is not there: Podman 5 has db.sql instead, which is not read yet: checkpoint it by"
                + " podman"
            : "is not there: this storage is not as Podman 4 has it, checkpoint it by podman");
  }

  /** Podman adds the alias of the id itself, another one for another id. */
  private static Map<String, Object> network(String id, Map<String, Object> options) {
    String ofItsId = id.substring(0, Math.min(SHORT_ID_CHARACTERS, id.length()));
    if (options.get("aliases") instanceof List<?> aliases) {
      List<Object> others = new ArrayList<>(aliases);
      others.remove(ofItsId);
      if (others.isEmpty()) {
        options.remove("aliases");
      } else {
        options.put("aliases", others);
      }
    }
    return options;
  }

  /** What it is called. */
  public String name() {
    return String.valueOf(config.get("name"));
  }

  /** {@code config.dump}. */
  public byte[] config() {
    return EngineJson.write(config);
  }

  /** {@code network.status}: {@code null} as JSON if there are no networks. */
  public byte[] networkStatus() {
    return EngineJson.write(state.get("networkStatus"));
  }

  /** Volumes with names, of which Podman takes the content along. */
  public List<Volume> volumes() {
    return volumes(config);
  }

  private static List<Volume> volumes(Map<String, Object> config) {
    List<Volume> volumes = new ArrayList<>();
    if (config.get("namedVolumes") instanceof List<?> named) {
      for (Object each : named) {
        if (each instanceof Map<?, ?> volume
            && volume.get("volumeName") instanceof String name
            && volume.get("dest") instanceof String destination) {
          volumes.add(new Volume(name, destination));
        }
      }
    }
    return volumes;
  }

  /** Where volumes are in the container, by their names, as a {@code config.dump} says. */
  public static Map<String, String> volumes(CheckpointConfig config) {
    Map<String, String> destinations = new LinkedHashMap<>();
    for (Volume volume : volumes(config.other())) {
      destinations.put(volume.name, volume.destination);
    }
    return destinations;
  }

  /** The directory that is the container's /dev/shm, null if it has none of its own. */
  public Path sharedMemory() {
    boolean isItsOwn =
        config.get("ShmDir") instanceof String own && Path.of(own).startsWith(bundle);
    return isItsOwn ? Path.of((String) config.get("ShmDir")) : null;
  }

  /** What it has written, null if that is in no file. */
  public Path log() {
    boolean isFile =
        FILE_LOGS.contains(config.get("logDriver")) && config.get("logPath") instanceof String;
    return isFile ? Path.of((String) config.get("logPath")) : null;
  }

  /** Files that Podman's hooks of a pod or an image put there. */
  public Path artifacts() {
    return bundle.resolve("artifacts");
  }
}
