// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;

/** An OCI bundle with a program of this module, and its container in a runtime. */
final class Bundle implements AutoCloseable {
  private static final String ID = Machine.own("torpor-test-" + ProcessHandle.current().pid());
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Keeper keeper = new Keeper();
  private OciRuntime runtime;
  private final List<String> host;
  private final Path directory;
  private final Path rootfs;
  private final Path state;
  private final Path images;
  private final StatusFileSubject subject;
  private long dumped;
  private String started = "";

  /**
   * An empty bundle.
   *
   * @param host what each command of the runtime is started by, to give it another view of the
   *     host; BUNDLE stands for the bundle's directory
   */
  Bundle(OciRuntime runtime, List<String> host) {
    this(runtime, host, StatusFileSubject.compiled("threads", "2"));
  }

  /** One with another program of this module. */
  Bundle(OciRuntime runtime, List<String> host, StatusFileSubject subject) {
    this.runtime = runtime;
    this.subject = subject;
    try {
      directory = Files.createTempDirectory("torpor-bundle-");
      Machine.own(directory.getFileName().toString());
      rootfs = Files.createDirectory(directory.resolve("rootfs"));
      state = Files.createDirectory(rootfs.resolve("state"));
      images = Files.createDirectory(directory.resolve("images"));
      Files.createDirectory(directory.resolve("run"));
      for (String name : List.of("proc", "sys", "dev", "bin")) {
        Files.createDirectory(rootfs.resolve(name));
      }
      Files.copy(Settings.program(subject.name()), rootfs.resolve(subject.name()));
      for (String applet : List.of("busybox", "cat")) {
        Files.copy(Path.of("/bin/busybox"), rootfs.resolve("bin").resolve(applet));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.host = host.stream().map(word -> word.replace("BUNDLE", directory.toString())).toList();
  }

  /**
   * Writes config.json: what {@code runc spec} says, with other namespaces.
   *
   * @param given paths by type
   * @param made types
   */
  void configure(Map<String, String> given, List<String> made) throws IOException {
    start(List.of("runc"), "spec", "--bundle", directory.toString());
    Path file = directory.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode process = (ObjectNode) config.get("process");
    process.put("terminal", false);
    ArrayNode arguments = process.putArray("args");
    subject.command(Path.of("/state")).forEach(arguments::add);
    arguments.set(0, "/" + subject.name());
    ((ObjectNode) config.get("root")).put("readonly", false);
    config.remove("hostname");
    config.putObject("annotations").put("org.criu.config", engineConfiguration().toString());
    ArrayNode namespaces = ((ObjectNode) config.get("linux")).putArray("namespaces");
    given.forEach((type, path) -> namespaces.addObject().put("type", type).put("path", path));
    made.forEach(type -> namespaces.addObject().put("type", type));
    JSON.writeValue(file.toFile(), config);
  }

  /** Has another runtime, which keeps its state where the one before does, go on. */
  void use(OciRuntime other) {
    runtime = other;
  }

  /** Takes all limits from the configured container, for a host that cannot set them. */
  void unlimited() throws IOException {
    Path file = directory.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ((ObjectNode) config.get("linux")).remove("resources");
    JSON.writeValue(file.toFile(), config);
  }

  /** Has the configured container run a program at a stage. */
  void runAt(String stage, String path, String... arguments) throws IOException {
    Path file = directory.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode hook = config.withObject("/hooks").withArray(stage).addObject();
    ArrayNode words = hook.put("path", path).putArray("args");
    List.of(arguments).forEach(words::add);
    JSON.writeValue(file.toFile(), config);
  }

  /** Limits the configured container: what linux.resources says of a controller. */
  void limit(String controller, Map<String, Long> limits) throws IOException {
    Path file = directory.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode resources = ((ObjectNode) config.get("linux")).withObject("/resources");
    limits.forEach(resources.putObject(controller)::put);
    JSON.writeValue(file.toFile(), config);
  }

  /** Adds an annotation to the configured container, and hooks of Torpor. */
  void hook(String annotation, String... stages) throws IOException {
    Path file = directory.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ((ObjectNode) config.get("annotations")).put(annotation, "true");
    ObjectNode hooks = config.putObject("hooks");
    for (String stage : stages) {
      ObjectNode hook = hooks.putArray(stage).addObject();
      hook.put("path", Settings.torpor().toString());
      hook.putArray("args").add("torpor").add("hook").add(stage);
    }
    JSON.writeValue(file.toFile(), config);
  }

  /** What its runtime calls it. */
  String id() {
    return ID;
  }

  /** A file of the bundle. */
  Path file(String name) {
    return directory.resolve(name);
  }

  /** Starts the container. */
  void run() throws IOException {
    start(
        silent(runtime.command(directory, null)),
        "run",
        "-d",
        "--bundle",
        directory.toString(),
        ID);
    subject.prepare(state);
    started = cgroups();
  }

  /** Dumps it with an engine; runc removes it then. */
  void checkpoint(Engine engine, String... options) {
    dumped = subject.progress(state);
    List<String> arguments = new ArrayList<>(List.of("checkpoint"));
    arguments.addAll(List.of("--image-path", images.toString()));
    arguments.addAll(List.of("--work-path", images.toString()));
    arguments.addAll(List.of(options));
    arguments.add(ID);
    start(runtime.command(directory, engine), arguments.toArray(String[]::new));
  }

  /** Restores it with an engine, and sees that the program goes on from where it was. */
  void restore(Engine engine) {
    goesOn(silent(runtime.command(directory, engine)), restoreArguments());
  }

  /** Runs {@code torpor container} with the state of its runtime. */
  Engine.Outcome container(String... words) throws IOException {
    List<String> command = command(containerCommand(), words);
    Path output = Files.createTempFile(directory, "output-", ".txt");
    int exitCode = keeper.run(directory, output, command);
    return new Engine.Outcome(command, exitCode, Files.readString(output), logs());
  }

  private List<String> containerCommand() {
    // crun's is where it is without being told, in the view that its host prefix makes.
    boolean isCrun = runtime == OciRuntime.TORPOR_OVER_CRUN;
    String script = "exec \"$@\"" + (isCrun ? "" : " --root=" + directory.resolve("runc"));
    String torpor = Settings.torpor().toString();
    return new ArrayList<>(List.of("/bin/sh", "-c", script, "sh", torpor, "container"));
  }

  /** Has it dumped into an archive; its runtime removes it then. */
  void checkpointTo(Path archive, String... options) throws IOException {
    dumped = subject.progress(state);
    List<String> words = new ArrayList<>(List.of("checkpoint", ID, "--export=" + archive));
    words.addAll(List.of(options));
    container(words.toArray(String[]::new)).assertSucceeded();
  }

  /** Restores it from an archive, and sees that the program goes on from where it was. */
  void restoreFrom(Path archive) {
    String[] words = {"restore", archive.toString(), "--bundle=" + directory, "--name=" + ID};
    goesOn(silent(containerCommand()), words);
  }

  private void goesOn(List<String> command, String... arguments) {
    String known = subject.state(state);
    subject.forget(state);
    start(command, arguments);
    Wait.until("it reports again", () -> subject.progress(state) >= dumped);
    long restored = subject.progress(state);
    Wait.until("it goes on", () -> subject.progress(state) >= restored + 3);
    assertThat(subject.state(state)).isEqualTo(known);
  }

  /** Restores it with an engine that is to fail; its log. */
  String failToRestore(Engine engine) throws IOException {
    assertThat(exitCode(silent(runtime.command(directory, engine)), restoreArguments()))
        .as(logs())
        .isNotZero();
    Wait.until("all are reaped", () -> keeper.children().isEmpty());
    return logs();
  }

  private String[] restoreArguments() {
    return new String[] {
      "restore",
      "-d",
      "--bundle",
      directory.toString(),
      "--image-path",
      images.toString(),
      "--work-path",
      images.toString(),
      ID
    };
  }

  /** The file that runc names to its engine in each request, before it is configured. */
  Path engineConfiguration() {
    return directory.resolve("criu.conf");
  }

  /** The pid of its init on the host. */
  long pid() throws IOException {
    return state().get("pid").asLong();
  }

  /** What the runtime says of it. */
  JsonNode state() throws IOException {
    return JSON.readTree(ask("state", ID));
  }

  /** Gives the runtime a command on it; what that printed. */
  String command(String word, String... options) {
    List<String> arguments = new ArrayList<>(List.of(word));
    arguments.addAll(List.of(options));
    arguments.add(ID);
    return ask(arguments.toArray(String[]::new));
  }

  /** Ends its init. */
  void kill() {
    ask("kill", ID, "KILL");
  }

  /** Tries to dump it; that fails, and what the runtime logs. */
  String failToCheckpoint() throws IOException {
    Path log = directory.resolve("log.json");
    List<String> program = new ArrayList<>(runtime.command(directory, null));
    program.addAll(List.of("--log", log.toString(), "--log-format", "json", "checkpoint"));
    String path = images.toString();
    assertThat(exitCode(program, "--image-path", path, "--work-path", path, ID)).isEqualTo(1);
    return Files.readString(log);
  }

  /** Starts a command in the container, which nobody waits for. */
  void startWithin(String... command) {
    List<String> arguments = new ArrayList<>(List.of("exec", "--detach", ID));
    arguments.addAll(List.of(command));
    ask(arguments.toArray(String[]::new));
  }

  /** Runs a command in the container; what it printed. */
  String within(String... command) {
    List<String> arguments = new ArrayList<>(List.of("exec", ID));
    arguments.addAll(List.of(command));
    return ask(arguments.toArray(String[]::new));
  }

  /** What of which hierarchy is mounted where in the container, as it sees it. */
  List<String> cgroupMounts() {
    List<String> mounts = new ArrayList<>();
    for (String line : within("cat", "/proc/self/mountinfo").lines().toList()) {
      if (line.contains(" - cgroup")) {
        List<String> fields = List.of(line.split(" ", -1));
        mounts.add(String.join(" ", fields.subList(3, 6)));
      }
    }
    return mounts;
  }

  /** What a file of the container's cgroup says; of a version 1 hierarchy on the host. */
  String cgroupFile(String controller, String file) throws IOException {
    for (String line : cgroups().lines().toList()) {
      String[] fields = line.split(":", 3);
      if (fields[1].equals(controller)) {
        return Files.readString(Path.of("/sys/fs/cgroup", controller, fields[2], file)).trim();
      }
    }
    throw new AssertionError("no hierarchy " + controller);
  }

  /** The cgroups of the init as the host names them. */
  String cgroups() throws IOException {
    return Files.readString(Path.of("/proc/" + pid() + "/cgroup"));
  }

  /** A command whose output is also the container's: it must not be a file of the host. */
  private static List<String> silent(List<String> program) {
    List<String> command =
        new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" >/dev/null 2>/dev/null", "sh"));
    command.addAll(program);
    return command;
  }

  /** Gives the runtime any command; what it printed. */
  String ask(String... arguments) {
    return start(runtime.command(directory, null), arguments);
  }

  private String start(List<String> program, String... arguments) {
    try {
      Path output = Files.createTempFile(directory, "output-", ".txt");
      List<String> command = command(program, arguments);
      int exitCode = keeper.run(directory, output, command);
      String printed = Files.readString(output);
      assertThat(exitCode).as("%s\n%s\n%s", command, printed, logs()).isZero();
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int exitCode(List<String> program, String... arguments) {
    return keeper.run(directory, directory.resolve("failed"), command(program, arguments));
  }

  private List<String> command(List<String> program, String... arguments) {
    List<String> command = new ArrayList<>(host);
    command.addAll(program);
    command.addAll(List.of(arguments));
    return command;
  }

  /** Both, so far. */
  String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    for (String name : List.of("dump.log", "restore.log")) {
      Path log = images.resolve(name);
      logs.append(Files.exists(log) ? name + "\n" + Files.readString(log) : "");
    }
    return logs.toString();
  }

  private void assertNothingIsLeft() {
    for (String line : started.lines().toList()) {
      String[] fields = line.split(":", 3);
      String hierarchy = fields[1].isEmpty() ? "unified" : fields[1].replace("name=", "");
      // runc puts a container into no cgroup of its own where it manages none.
      if (fields[2].endsWith(ID)) {
        assertThat(Path.of("/sys/fs/cgroup", hierarchy, fields[2])).doesNotExist();
      }
    }
    assertThat(Path.of("/proc/self/mountinfo"))
        .content()
        .doesNotContain(directory.getFileName().toString());
  }

  @Override
  public void close() {
    try {
      exitCode(runtime.command(directory, null), "delete", "--force", ID);
    } finally {
      keeper.close();
    }
    assertNothingIsLeft();
    try {
      PathUtils.deleteDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
