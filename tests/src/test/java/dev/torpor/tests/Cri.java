// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A containerd 2 of its own, which is asked for what the kubelet asks for, by {@code
 * programs/cri.py}. Each container is alone in a pod, which stays when it is restored. Images come
 * from a registry of its own: those that were not pulled, containerd does not restore.
 */
final class Cri implements ContainerEngine {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REGISTRY = "127.0.0.1:5000/";

  /** In the place of the registry on the web, and of what this machine does not permit. */
  private static final String OF_THE_TEST =
      """
      [plugins."io.containerd.grpc.v1.cri"]
        restrict_oom_score_adj = true
        sandbox_image = "127.0.0.1:5000/pause:latest"
      [plugins."io.containerd.grpc.v1.cri".registry]
        config_path = "/etc/containerd/certs.d"
      """;

  private static final String NETWORK =
      """
      {"cniVersion": "0.4.0", "name": "pods", "plugins": [
        {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false,
         "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.89.78.0/24"}]]}}]}
      """;

  private final EngineHost host = new EngineHost("sid");
  private final Map<String, String> pods = new HashMap<>();
  private final Map<String, String> containers = new HashMap<>();
  private final Map<String, ObjectNode> requests = new HashMap<>();
  private int checkpoints;

  @Override
  public void start(Path images) {
    host.daemon(
        "registry",
        "/bin/sh",
        "-c",
        "exec /usr/bin/python3 \"$0\" 5000 \"$1\"/*.tar",
        Settings.source("programs/registry.py").toString(),
        images.toString());
    host.write("/etc/cni/net.d/10-pods.conflist", NETWORK);
    host.write(
        "/etc/containerd/certs.d/127.0.0.1:5000/hosts.toml", "server = \"http://127.0.0.1:5000\"");
    host.write(
        "/etc/containerd/config.toml",
        Settings.text("../examples/containerd/config.toml") + OF_THE_TEST);
    host.daemon("containerd", "containerd");
    host.await(words("Version", "{}"));
    for (String each : List.of("pause", "counter", "web", "redis")) {
      host.await(words("PullImage", "{'image': {'image': '" + REGISTRY + each + ":latest'}}"));
    }
  }

  /** Where it runs. */
  EngineHost host() {
    return host;
  }

  @Override
  public void use(Engine engine) {
    host.use(engine);
  }

  /** Calls a method; the request has ' for ". */
  PodmanStore.Outcome tryCall(String method, String request) {
    return host.run(words(method, request));
  }

  private JsonNode call(String method, String request) {
    return parse(host.ask(words(method, request)));
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String[] words(String method, String request) {
    return new String[] {
      "/usr/bin/python3",
      Settings.source("programs/cri.py").toString(),
      "/run/containerd/containerd.sock",
      method,
      request.replace('\'', '"')
    };
  }

  /** A counter goes on between its dump and its end: its log has numbers twice. */
  @Override
  public boolean takes(Workload workload, List<String> options) {
    return workload != Workload.COUNTER
        && !options.contains("--init")
        && !options.contains("--tty");
  }

  /** Options are called as Docker's are: --runtime, --user, --memory, --read-only. */
  @Override
  public void start(String name, List<String> options, Workload workload, String... command) {
    ObjectNode request = JSON.createObjectNode();
    ObjectNode sandbox = request.putObject("sandbox_config");
    sandbox.putObject("metadata").put("name", name).put("uid", name).put("namespace", "default");
    sandbox.put("log_directory", "/run/pods");
    sandbox.putObject("linux").put("cgroup_parent", host.cgroup());
    ObjectNode config = request.putObject("config");
    config.putObject("metadata").put("name", name);
    config.put("log_path", name + ".log");
    for (String word : command) {
      config.withArray("/command").add(word);
    }
    config.putObject("linux").putObject("security_context").put("no_new_privs", true);
    String handler = "";
    for (String option : options) {
      handler = option.startsWith("--runtime=") ? option.substring(10) : handler;
      configure((ObjectNode) config.get("linux"), option);
    }
    ObjectNode pod = JSON.createObjectNode().put("runtime_handler", handler);
    pod.set("config", sandbox);
    pods.put(name, call("RunPodSandbox", pod.toString()).get("pod_sandbox_id").asText());
    request.put("pod_sandbox_id", pods.get(name));
    requests.put(name, request);
    create(name, REGISTRY + workload.fileName() + ":latest");
    call("StartContainer", of(name));
  }

  private static void configure(ObjectNode linux, String option) {
    String value = option.substring(option.indexOf('=') + 1);
    ObjectNode security = (ObjectNode) linux.get("security_context");
    if (option.startsWith("--user=")) {
      security.putObject("run_as_user").put("value", Integer.parseInt(value));
    } else if (option.startsWith("--memory=")) {
      long bytes = Long.parseLong(value.replace("m", "")) << 20;
      linux.putObject("resources").put("memory_limit_in_bytes", bytes);
    } else if (option.equals("--read-only")) {
      security.put("readonly_rootfs", true);
    }
  }

  private PodmanStore.Outcome tryCreate(String name, String image) {
    ObjectNode request = requests.get(name);
    ((ObjectNode) request.get("config")).putObject("image").put("image", image);
    PodmanStore.Outcome outcome = tryCall("CreateContainer", request.toString());
    if (outcome.exitCode() == 0) {
      containers.put(name, parse(outcome.output()).get("container_id").asText());
    }
    return outcome;
  }

  private void create(String name, String image) {
    PodmanStore.Outcome outcome = tryCreate(name, image);
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
  }

  private String of(String name) {
    return "{'container_id': '" + containers.get(name) + "'}";
  }

  /** Where the last checkpoint went to, as seen from outside. */
  Path archive() {
    return host.directory.resolve("checkpoint" + checkpoints + ".tar");
  }

  /** The call leaves it running. */
  @Override
  public PodmanStore.Outcome tryCheckpoint(String name, boolean leaveRunning) {
    checkpoints++;
    String location = ", 'location': '" + archive() + "'}";
    PodmanStore.Outcome outcome = tryCall("CheckpointContainer", of(name).replace("}", location));
    if (outcome.exitCode() == 0 && !leaveRunning) {
      removeContainer(name);
    }
    return outcome;
  }

  @Override
  public PodmanStore.Outcome tryRestore(String name) {
    PodmanStore.Outcome created = tryCreate(name, archive().toString());
    return created.exitCode() == 0 ? tryCall("StartContainer", of(name)) : created;
  }

  /** Without what the engine puts before each line: time, stream, whether it is complete. */
  @Override
  public String log(String name) {
    StringBuilder log = new StringBuilder();
    for (String line : host.ask("cat", "/run/pods/" + name + ".log").lines().toList()) {
      log.append(line.split(" ", 4)[3]).append('\n');
    }
    return log.toString();
  }

  @Override
  public String within(String name, String... command) {
    ObjectNode request = (ObjectNode) parse(of(name).replace('\'', '"'));
    for (String word : command) {
      request.withArray("/cmd").add(word);
    }
    JsonNode printed = call("ExecSync", request.toString()).get("stdout");
    return printed == null ? "" : printed.asText();
  }

  @Override
  public long pid(String name) {
    String file = "/run/containerd/runc/k8s.io/" + containers.get(name) + "/state.json";
    return parse(host.ask("cat", file)).get("init_process_pid").asLong();
  }

  /** The address of the only pod. */
  String address() {
    return host.ask("sh", "-c", "cd /var/lib/cni/networks/pods && echo 10.*");
  }

  private void removeContainer(String name) {
    call("StopContainer", of(name));
    call("RemoveContainer", of(name));
  }

  @Override
  public void remove(String name) {
    String pod = "{'pod_sandbox_id': '" + pods.remove(name) + "'}";
    call("StopPodSandbox", pod);
    call("RemovePodSandbox", pod);
  }

  @Override
  public void close() {
    host.close();
  }
}
