// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.signal_queue_entry;
import dev.torpor.linux.Capability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kernel objects in states that are easily lost or cannot be made again, {@code
 * programs/objects.py}: what a dump accepts comes back, what cannot is refused while the program
 * runs.
 */
class ObjectsIT {
  private static final int SIGSTOP = 19;

  /** Without the first CRIU restores no locks, and says nothing of it. */
  private static final String[] OPTIONS = {
    "--file-locks", "--ghost-limit=16M", "--link-remap", "--tcp-established"
  };

  private static final Path FREEZER = Path.of("/sys/fs/cgroup/freezer");

  private final List<String> rules = PacketRules.here();

  @AfterEach
  void leavesNoRules() {
    assertThat(PacketRules.here()).isEqualTo(rules);
  }

  private static Subject subject(String kind) {
    return kind.equals("many_descriptors")
        ? StatusFileSubject.object(kind, "/usr/bin/prlimit", "--nofile=1024")
        : StatusFileSubject.object(kind);
  }

  /** What CRIU carries, too, and what each makes of the images of the other. */
  static List<Arguments> bothCarry() {
    List<Arguments> cells = new ArrayList<>();
    for (String kind :
        List.of(
            "never_connected_shut_down",
            "udp_connected",
            "udp_shut_down",
            "unix_connected",
            "unix_deleted",
            "files_in_flight",
            "waiting_connection",
            "socket_filters",
            "one_port",
            "signals_that_stop",
            "signal_that_continues",
            "pseudo_files",
            "process_clock_timer",
            "thread_clock_timers",
            "deleted_in_name",
            "file_locks",
            "deleted_files",
            "deleted_executable",
            "replaced_file",
            "netlink_bound",
            "packet_sockets",
            "packet_fanout",
            "raw_sockets",
            "udp_lite",
            "namespace_descriptors",
            "pidfds",
            "lost_name",
            "unread_terminal",
            "many_descriptors")) {
      for (Engine dumper : Engine.values()) {
        for (Engine restorer : Engine.values()) {
          cells.add(Arguments.of(kind, dumper, restorer));
        }
      }
    }
    // CRIU does not restore what it dumped of these; Torpor does.
    for (String kind : List.of("reset_connection", "closed_connection")) {
      cells.add(Arguments.of(kind, Engine.TORPOR, Engine.CRIU));
      cells.add(Arguments.of(kind, Engine.CRIU, Engine.TORPOR));
    }
    // CRIU does not dump it.
    cells.add(Arguments.of("packet_pipe", Engine.TORPOR, Engine.CRIU));
    // CRIU lets the signal come once more.
    cells.add(Arguments.of("leases_to_give_up", Engine.CRIU, Engine.TORPOR));
    return cells;
  }

  @ParameterizedTest(name = "{0}: {1} to {2}")
  @MethodSource("bothCarry")
  void comesBack(String kind, Engine dumper, Engine restorer) {
    try (Running running = new Running(subject(kind))) {
      comesBack(running, dumper, restorer);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "idle_rings",
        "reset_connection",
        "closed_connection",
        "refused_connection",
        "socket_options",
        "freebind",
        "fifo_never_written",
        "pipe_owner",
        "packet_pipes",
        "empty_packet_pipes",
        "unix_names",
        "unix_lost_names",
        "unix_moved_names",
        "unix_senders",
        "message_credentials",
        "files_in_flight",
        "datagrams",
        "memberships",
        "socket_filters",
        "locked_filter",
        "peer_credentials",
        "one_port",
        "udp_shut_down",
        "udp_error_waits",
        "more_signals_than_permitted",
        "signals_and_timers_of_a_limited_user",
        "many_descriptors",
        "memfd_edges",
        "memfd_executed",
        "memfd_executed_by_its_writer",
        "file_locks",
        "leases_to_give_up",
        "inherited_locks",
        "deleted_files",
        "deleted_files_edges",
        "deleted_executable",
        "replaced_file",
        "unnamed_file",
        "thread_attributes",
        "process_attributes",
        "memory_policy",
        "netlink_bound",
        "netlink_states",
        "packet_sockets",
        "packet_fanout",
        "packet_extras",
        "raw_sockets",
        "raw_extras",
        "ping_sockets",
        "udp_lite",
        "udp_held_back",
        "namespace_descriptors",
        "descriptor_info",
        "parent_death",
        "robust_mutex",
        "lost_name",
        "taken_name",
        "thread_clock_timers",
        "times_of_day",
        "watch_flags",
        "unread_events"
      })
  void comesBackTwice(String kind) {
    try (Running running = new Running(subject(kind))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
    }
  }

  /** A program cannot look at what came with signals without taking them. */
  @Test
  void signalsKeepWhatCameWithThem() throws IOException {
    try (Running running = new Running(subject("signals_and_timers_of_a_limited_user"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      List<signal_queue_entry> first = signals(running.images);
      assertThat(first).extracting(signal_queue_entry::getSignalsCount).contains(10, 11);
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      assertThat(signals(running.images)).isEqualTo(first);
    }
  }

  private static List<signal_queue_entry> signals(Path images) throws IOException {
    List<signal_queue_entry> queues = new ArrayList<>();
    try (Stream<Path> files = Files.list(images)) {
      for (Path file :
          files
              .filter(file -> file.getFileName().toString().startsWith("core-"))
              .sorted()
              .toList()) {
        try (ImageReader reader = ImageReader.open(file, ImageType.CORE)) {
          core_entry core = reader.only(core_entry.parser());
          queues.add(core.getTc().getSignalsS());
          queues.add(core.getThreadCore().getSignalsP());
        }
      }
    }
    return queues;
  }

  private static void comesBack(Running running, Engine dumper, Engine restorer) {
    String state = running.state();
    dumper.dump(running.keeper, running.root, running.images, OPTIONS).assertSucceeded();
    running.awaitGone();
    running.subject.forget(running.directory);
    restorer.restore(running.keeper, running.images, OPTIONS).assertSucceeded();
    running.awaitReport();
    running.awaitOnlyRoot();
    running.awaitProgress(running.progress(), 3);
    assertThat(running.state()).isEqualTo(state);
  }

  @Test
  void imageThatNothingPointsToIsNotLost() throws IOException {
    try (Running running = new Running(subject("file_lock"))) {
      Engine.CRIU.dump(running.keeper, running.root, running.images, OPTIONS).assertSucceeded();
      running.awaitGone();
      Files.copy(running.images.resolve("filelocks.img"), running.images.resolve("autofs-1.img"));
      Engine.Outcome outcome = Engine.TORPOR.restore(running.keeper, running.images);
      outcome.assertRefused("autofs-1.img", "would be lost");
      assertThat(ProcessTree.exists(running.root)).isFalse();
    }
  }

  /** A restore asks for it before it makes a task. It needs no option: the images have the lock. */
  @Test
  void lockThatSomebodyElseHasTaken() throws IOException {
    try (Running running = new Running(subject("file_locks"))) {
      String state = running.state();
      Engine.TORPOR.dump(running.keeper, running.root, running.images, OPTIONS).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Path file = running.directory.resolve("posix");
      try (FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE);
          FileLock lock = other.lock(0, 6, false)) {
        assertThat(lock.isValid()).isTrue();
        Engine.TORPOR
            .restore(running.keeper, running.images)
            .assertRefused("POSIX lock", file.toString(), "'java' (pid ", "let it go");
        assertThat(ProcessTree.exists(running.root)).isFalse();
      }
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitReport();
      // The first look may have begun before the dump, and have seen its lock of the images.
      running.awaitProgress(running.progress(), 3);
      assertThat(running.state()).isEqualTo(state);
    }
  }

  /** Also after a second restore a file that never had a name can be given one. */
  @Test
  void unnamedFileCanBeNamed() throws IOException {
    try (Running running = new Running(subject("unnamed_file"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      Files.createFile(running.directory.resolve("publish"));
      Path published = running.directory.resolve("published");
      Wait.until("it has a name", () -> Files.exists(published));
      assertThat(published).hasContent("published");
    }
  }

  /** A dump whose plan turns out to need more than there is takes back the names that it made. */
  @Test
  void failedDumpLeavesNoLink() throws IOException {
    try (Running running = new Running(subject("lost_name_at_a_high_number"))) {
      Set<Path> before = entries(running.directory);
      List<String> dump =
          List.of("dump", "-t", Long.toString(running.root), "-o", "dump.log", "--link-remap");
      Engine.TORPOR
          .runAfter(
              List.of("ulimit -n 512", "cd " + running.images),
              running.keeper,
              running.images,
              "dump.log",
              dump)
          .assertRefused("descriptor numbers", "RLIMIT_NOFILE is 512");
      assertThat(entries(running.directory)).isEqualTo(before);
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** The deleted files are there already when another one turns out to have changed. */
  @Test
  void failedRestoreLeavesNoDeletedFile() throws IOException {
    try (Running running = new Running(subject("deleted_files"))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images, OPTIONS).assertSucceeded();
      running.awaitGone();
      Set<Path> before = entries(running.directory);
      Path status = running.directory.resolve("status");
      Files.writeString(status, "more", StandardOpenOption.APPEND);
      Engine.TORPOR.restore(running.keeper, running.images).assertRefused("status", "size");
      assertThat(entries(running.directory)).isEqualTo(before);
    }
  }

  private static Set<Path> entries(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.collect(Collectors.toSet());
    }
  }

  /** What it is, and what a user can do about it. */
  @ParameterizedTest
  @CsvSource({
    "file_lock, 'write flock(2) lock', --file-locks",
    "large_deleted_file, 3145728 bytes, --ghost-limit 3M",
    "lost_name, this name of the file is removed, --link-remap",
    "linked_listener, 'has 2 names (hard links)', remove all but one",
    "deep_directory, cwd of task, longer than 4096 bytes",
    "thread_with_own_descriptors, a descriptor table of its own, let the thread end",
    "netlink_used, a netlink socket of protocol 16 that has been used, let the program close it",
    "pidfd_of_another, which is not part of the dump, let the program close it",
    "inherited_aio, has inherited the mapping alone, let the child unmap it",
    "packet_ring, a packet socket with a ring, let the program close it",
    "namespace_of_another, that no task of the tree lives in, let the program close it",
    "urgent_byte, an urgent byte (MSG_OOB) waits in it, let the program read it",
    "detached_mount, attached to nothing, let the program close it",
    "detached_root, attached to nothing, let the program close it",
    "detached_directory, attached to nothing, let the program close it",
    "corked_datagram, UDP_CORK, let the program send it off",
    "datagram_to_go_on, MSG_MORE, let the program send it off",
    "packet_to_go_on, MSG_MORE, let the program send it off",
    "silent_client, TCP_DEFER_ACCEPT, give --skip-in-flight",
    "unix_reset_behind_a_message, an error waits in it, let the program read them",
    "netlink_answered, answers or events of the kernel wait, let the program read them",
    "epoll_in_flight, no task has it open, let the program receive it",
    "bpf_attached, 'an eBPF program is attached', let the program detach it",
    "lock_in_flight, 'it holds a file lock', let the program receive it",
    "thread_timer, 'POSIX timer 0', delete it before the dump",
    "thread_clock_ended, which has ended, delete it before the dump",
    "own_thread_clock, CLOCK_THREAD_CPUTIME_ID, pthread_getcpuclockid",
    "other_process_clock, the CPU time of another process, delete it before the dump"
  })
  void isRefused(String kind, String what, String wayOut) {
    try (Running running = new Running(subject(kind))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused(what, wayOut, Long.toString(running.root));
      assertThat(outcome.log()).doesNotContain("Freezing");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** Fields of our own are none of CRIU's business. */
  @ParameterizedTest
  @ValueSource(strings = {"thread_attributes", "process_attributes", "socket_options", "datagrams"})
  void criuRestoresTheRest(String kind) {
    try (Running running = new Running(subject(kind))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images, OPTIONS).assertSucceeded();
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.CRIU.restore(running.keeper, running.images, OPTIONS).assertSucceeded();
      running.awaitReport();
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** It would make something else of what has no place in its images. */
  @ParameterizedTest
  @ValueSource(strings = {"packet_pipes"})
  void criuRefuses(String kind) {
    try (Running running = new Running(subject(kind))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      assertThat(Engine.CRIU.restore(running.keeper, running.images).exitCode()).isNotZero();
      assertThat(ProcessTree.exists(running.root)).isFalse();
    }
  }

  /** Only the task itself can tell, when it has stopped; it goes on. */
  @ParameterizedTest
  @CsvSource({
    "syscall_user_dispatch, PR_SET_SYSCALL_USER_DISPATCH, turn that off",
    "local_descriptors, segment descriptors, let it end"
  })
  void isRefusedWhenFrozen(String kind, String what, String wayOut) {
    try (Running running = new Running(subject(kind))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused(what, wayOut, Long.toString(running.root));
      assertThat(running.images.resolve("inventory.img")).doesNotExist();
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** Others who share it do not hear that its owner has died: it comes back. */
  @Test
  void robustMutexStaysHeld() throws IOException {
    try (Running running = new Running(subject("robust_mutex"))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      byte[] word = Files.readAllBytes(running.directory.resolve("mutex"));
      assertThat(ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).getInt())
          .isEqualTo((int) running.root);
    }
  }

  /** Seen once only, so the program must not look before both checkpoints are over. */
  @Test
  void emptyMessagesComeBack() throws IOException {
    try (Running running = new Running(subject("empty_messages"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      Files.createFile(running.directory.resolve("take"));
      Wait.until("it has taken them", () -> !running.state().equals("state=waits"));
      assertThat(running.state()).contains("True").doesNotContain("False");
    }
  }

  @Test
  void emptyDatagramsComeBack() throws IOException {
    try (Running running = new Running(subject("empty_datagrams"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      Files.createFile(running.directory.resolve("take"));
      String taken = "['EAGAIN', 'EAGAIN', 'EAGAIN']";
      Wait.until("it has taken them", () -> running.state().contains(taken));
    }
  }

  /** The program goes on without them, and the log says what they were. */
  @Test
  void whatIsLostOfUdpIsNamed() {
    try (Running running = new Running(subject("lost_datagrams"))) {
      Engine.Outcome dump = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      dump.assertSucceeded();
      assertThat(dump.log())
          .contains("a waiting datagram of 4 bytes from 127.0.0.1:", "SO_REUSEPORT")
          .contains("an error that the program has not asked for", "is lost");
      running.awaitGone();
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitReport();
    }
  }

  /** A look at what waits, and SO_ERROR, would have taken it. */
  @Test
  void errorStaysWithAProgramThatGoesOn() throws IOException {
    try (Running running = new Running(subject("udp_error_is_left"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images, "--leave-running")
          .assertSucceeded();
      Files.createFile(running.directory.resolve("take"));
      String taken = "[['ECONNREFUSED', b'waits']]";
      Wait.until("it has taken both", () -> running.state().contains(taken));
    }
  }

  /** Lines that are ended by several bytes or not yet, more than fits at once, last words. */
  @Test
  void whatWaitsInTerminalsComesBack() throws IOException {
    try (Running alone = new Running(subject("terminal_queues"));
        Running running = new Running(subject("terminal_queues"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      for (Running each : List.of(alone, running)) {
        Files.createFile(each.directory.resolve("take"));
        Wait.until("it has taken it", () -> each.state().contains("un\\x04ended"));
      }
      assertThat(running.state()).isEqualTo(alone.state());
    }
  }

  @Test
  void whatIsTypedForNobodyIsNotTaken() {
    try (Running running = new Running(subject("typed_for_nobody"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("master of pts/", "whose other side no task has open", "close it");
      running.awaitProgress(running.progress(), 3);
    }
  }

  @Test
  void endOfAConnectionIsHeardAfterARestore() throws IOException {
    try (Running alone = new Running(subject("ended_unread"));
        Running running = new Running(subject("ended_unread"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      for (Running each : List.of(alone, running)) {
        Files.createFile(each.directory.resolve("take"));
        Wait.until("it has heard", () -> each.state().contains("ECONNREFUSED"));
        assertThat(each.state()).contains("'ECONNRESET'", "60000, ", "4, b'', 32");
      }
      assertThat(running.state()).isEqualTo(alone.state());
    }
  }

  @Test
  void resetOfAUnixSocketIsHeardOnce() throws IOException {
    try (Running running = new Running(subject("unix_reset"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      Files.createFile(running.directory.resolve("take"));
      String taken =
          "[[[b'said', 'ECONNRESET', b''], ['ECONNRESET', b'', b''], ['ECONNRESET', b'', b'']]]";
      Wait.until("it has taken them", () -> running.state().contains(taken));
    }
  }

  @Test
  void connectionsWaitToBeAcceptedAgain() throws IOException {
    try (Running running = new Running(subject("accept_queues"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      Files.createFile(running.directory.resolve("take"));
      String stream =
          "(b'of 33,twice', (33, 1033), True, (33, 2033)), (b'of 0,twice', (0, 1000), True, (0,"
              + " 2000)), (b'of 44,twice', (44, 1044), True, (44, 2044)), (b'last words', (55,"
              + " 1055), True, (55, 2055))]";
      Wait.until("it has accepted them", () -> running.state().contains(stream));
      assertThat(running.state())
          .contains("[(b'of 33', (33, 1033), True, (33, 2033)), (b'of 0', (0, 1000), True");
    }
  }

  @Test
  void connectionOfSomebodyElseIsNotTaken() throws IOException {
    try (Running running = new Running(subject("waiting_connection"));
        SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.connect(UnixDomainSocketAddress.of(running.directory.resolve("server")));
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("waits to be accepted from socket", "let the program accept it");
      running.awaitProgress(running.progress(), 3);
    }
  }

  @Test
  void descriptorsForWhoIsNotAcceptedAreNotTaken() {
    try (Running running = new Running(subject("rights_for_nobody"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("descriptors were sent to a connection", "let the program accept it");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** Who reads no more than what was sent before them does not get descriptors. */
  @Test
  void descriptorsComeWithTheirBytes() throws IOException {
    try (Running running = new Running(subject("more_in_flight"))) {
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
      Files.createFile(running.directory.resolve("take"));
      String taken = "([(b'before', []), (b'with', [3]), (b'after', [])]";
      Wait.until("it has taken them", () -> running.state().contains(taken));
    }
  }

  @Test
  void messageOfAChildIsNotTaken() {
    try (Running running = new Running(subject("message_of_a_child"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("the credentials of task", "let the program read it");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** The plan of its restore, which a dump makes before it ends the tree, cannot bring it back. */
  @Test
  void fileOfAThreadIsNotTaken() {
    try (Running running = new Running(subject("thread_info"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("of task " + running.root, "it tells of thread", "let the program close");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** A message would have what only keeps its place until the task exists. */
  @Test
  void pidfdThatWaitsInASocketIsNotTaken() {
    try (Running running = new Running(subject("pidfd_in_flight"))) {
      Engine.TORPOR
          .dump(running.keeper, running.root, running.images)
          .assertRefused("the pidfd of task", "SCM_RIGHTS", "let the program receive it");
      running.awaitProgress(running.progress(), 3);
    }
  }

  /**
   * Who restores a job puts it into his own session, and beside it makes what the tree had left.
   */
  @Test
  void jobWithASessionWhoseLeaderIsGone() {
    Subject job = StatusFileSubject.object("two_sessions", "/bin/sh", "-c", "\"$@\" & wait", "sh");
    try (Running running = new Running(job)) {
      long root = ProcessTree.childrenOf(running.root).get(0);
      long other = ProcessTree.childrenOf(root).get(0);
      long session = ProcessTree.sessionOf(other);
      Engine.TORPOR.dump(running.keeper, root, running.images, "--shell-job").assertSucceeded();
      Wait.until("both have ended", () -> !ProcessTree.exists(root));
      running.subject.forget(running.directory);
      Engine.TORPOR.restore(running.keeper, running.images, "--shell-job").assertSucceeded();
      running.awaitReport();
      assertThat(ProcessTree.sessionOf(other)).isEqualTo(session).isNotEqualTo(root);
      assertThat(ProcessTree.sessionOf(root)).isNotEqualTo(session);
    }
  }

  /** A dump finds what a restore here would, before the tree is gone, and leaves no checkpoint. */
  @Test
  void whatThisMachineDoesNotPermitIsNotTaken() {
    try (Running running = new Running(subject("many_descriptors"))) {
      List<String> dump = List.of("dump", "-t", Long.toString(running.root), "-o", "dump.log");
      Engine.Outcome outcome =
          Engine.TORPOR.runAfter(
              List.of("ulimit -n 512", "cd " + running.images),
              running.keeper,
              running.images,
              "dump.log",
              dump);
      outcome.assertRefused("descriptor numbers", "RLIMIT_NOFILE is 512", "ulimit -n");
      assertThat(running.images.resolve("inventory.img")).doesNotExist();
      running.awaitProgress(running.progress(), 3);
      comesBack(running, Engine.TORPOR, Engine.TORPOR);
    }
  }

  /** A restore that found out would have lost signals. */
  @Test
  void moreSignalsThanARestoreMayHaveAreNotTaken() throws IOException {
    assumeTrue(
        (capabilities() & 1L << Capability.CAP_SYS_RESOURCE) == 0,
        "whoever has CAP_SYS_RESOURCE may have as many as there are");
    try (Running running = new Running(subject("signals_and_timers_of_a_limited_user"))) {
      List<String> dump = List.of("dump", "-t", Long.toString(running.root), "-o", "dump.log");
      Engine.TORPOR
          .runAfter(
              List.of("prlimit --pid $$ --sigpending=20", "cd " + running.images),
              running.keeper,
              running.images,
              "dump.log",
              dump)
          .assertRefused(
              "waiting signals", "they are 24", "RLIMIT_SIGPENDING is 20", "prlimit --sigpending");
      running.awaitProgress(running.progress(), 3);
    }
  }

  private static long capabilities() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("CapEff:")) {
        return Long.parseUnsignedLong(line.substring(7).trim(), 16);
      }
    }
    throw new AssertionError("no CapEff");
  }

  /** Almost as many as the kernel permits. */
  @Test
  void mostMappingsComeBack() {
    try (Running running = new Running(subject("most_mappings"))) {
      Engine.TORPOR.dump(running.keeper, running.root, running.images).assertSucceeded();
      running.awaitGone();
      long earlier = running.progress();
      Engine.TORPOR.restore(running.keeper, running.images).assertSucceeded();
      running.awaitProgress(earlier, 3);
    }
  }

  /** The stage of a restore has mappings, too. */
  @Test
  void asManyMappingsAsTheKernelPermitsAreNotTaken() {
    try (Running running = new Running(subject("many_mappings"))) {
      Engine.Outcome outcome = Engine.TORPOR.dump(running.keeper, running.root, running.images);
      outcome.assertRefused("task " + running.root, "mappings", "vm.max_map_count");
      assertThat(running.images.resolve("inventory.img")).doesNotExist();
      running.awaitProgress(running.progress(), 3);
    }
  }

  /** It arrives while the program is frozen, for the process or for its only thread. */
  @ParameterizedTest
  @ValueSource(strings = {"kill", "tgkill"})
  void stopsAfterTheRestoreIfItWasToStop(String call) throws IOException {
    assumeTrue(Files.exists(FREEZER.resolve("cgroup.procs")), "no freezer of version 1 mounted");
    Path cgroup = Files.createTempDirectory(FREEZER, "torpor-");
    try (Running running = new Running(subject("signal_that_continues"))) {
      Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(running.root));
      Files.writeString(cgroup.resolve("freezer.state"), "FROZEN");
      Wait.until("it is frozen", () -> stateOf(cgroup).equals("FROZEN"));
      send(running, call);
      dumpFrozen(running, cgroup);
      Engine.TORPOR
          .restore(running.keeper, running.images, "--manage-cgroups=ignore")
          .assertSucceeded();
      Wait.until("it stops", () -> ProcessTree.isStopped(running.root));
    } finally {
      Files.delete(cgroup);
    }
  }

  private static String stateOf(Path cgroup) {
    try {
      return Files.readString(cgroup.resolve("freezer.state")).trim();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(Running running, String call) {
    String arguments = call.equals("kill") ? "pid, " : "pid, pid, ";
    String script =
        "import ctypes, sys; pid = int(sys.argv[1]); sys.exit(ctypes.CDLL(None)."
            + call
            + "("
            + arguments
            + SIGSTOP
            + "))";
    List<String> command = List.of("/usr/bin/python3", "-c", script, Long.toString(running.root));
    int exit = running.keeper.run(running.directory, running.directory.resolve("sent"), command);
    assertThat(exit).isZero();
  }

  private static void dumpFrozen(Running running, Path cgroup) {
    String freezer = cgroup.toString();
    Engine.TORPOR
        .dump(
            running.keeper,
            running.root,
            running.images,
            "--freeze-cgroup",
            freezer,
            "--manage-cgroups=ignore")
        .assertSucceeded();
    running.awaitGone();
  }
}
