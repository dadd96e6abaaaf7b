// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.torpor.core.CoreRooms;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.pipe_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.ProgramPrinter;
import dev.torpor.linux.Fcntl;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ThreadPlan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FilesPlannerTest {
  private final CapturedImages images =
      new CapturedImages(ImageDirectory.at(Path.of("/nonexistent")));
  private final List<TaskFiles> tasks = new ArrayList<>();
  private boolean checksMode;

  private static reg_file_entry.Builder path(int id, String name, int flags) {
    return reg_file_entry
        .newBuilder()
        .setId(id)
        .setName(name)
        .setFlags(flags)
        .setPos(0)
        .setMode(0100644)
        .setFown(SigioOwner.NOBODY);
  }

  private void regular(reg_file_entry.Builder file) {
    images.add(
        ImageType.FILES,
        file_entry.newBuilder().setType(fd_types.REG).setId(file.getId()).setReg(file).build());
  }

  private void pipe(int id, int pipeId, int flags) {
    images.add(
        ImageType.FILES,
        file_entry
            .newBuilder()
            .setType(fd_types.PIPE)
            .setId(id)
            .setPipe(
                pipe_entry
                    .newBuilder()
                    .setId(id)
                    .setPipeId(pipeId)
                    .setFlags(flags)
                    .setFown(SigioOwner.NOBODY))
            .build());
  }

  /** Descriptors as pairs of number and file. */
  private TaskFiles task(int pid, int parent, int filesId, int... fds) {
    List<fdinfo_entry> table = new ArrayList<>();
    for (int i = 0; i < fds.length; i += 2) {
      int id = fds[i + 1];
      fd_types type =
          images.entries(ImageType.FILES, file_entry.parser()).stream()
              .filter(file -> file.getId() == id)
              .findFirst()
              .map(file_entry::getType)
              .orElse(fd_types.REG);
      table.add(
          fdinfo_entry.newBuilder().setFd(fds[i]).setId(id).setFlags(0).setType(type).build());
    }
    if (!images.has(ImageType.FDINFO, filesId)) {
      for (fdinfo_entry descriptor : table) {
        images.add(ImageType.FDINFO, filesId, descriptor);
      }
    }
    TaskFiles task = new TaskFiles(parent, filesId, null, new ThreadPlan(pid, pid));
    tasks.add(task);
    return task;
  }

  private FilesPlanner planner(Map<String, Integer> inherited) {
    return new FilesPlanner(
        images,
        tasks,
        CoreRooms.all().of(FileRoom.class),
        new FileRestoreOptions(inherited, 1024, checksMode),
        new Facts());
  }

  private String program(TaskFiles task) {
    return new ProgramPrinter().print(task.plan().assemble());
  }

  @Test
  void aFileIsOpenedByItsOnlyUser() {
    regular(path(7, "/var/log/x", Fcntl.O_RDWR | Fcntl.O_LARGEFILE).setPos(5).setSize(11));
    TaskFiles task = task(42, 0, 1, 3, 7);
    planner(Map.of()).plan();
    assertThat(program(task))
        .isEqualTo(
            """
            0 openat(-100, "/var/log/x", 0x8102, 0x0) # restoring fd 3 of task 42 (/var/log/x): open
            1 dup3(#0, 0x21, 0x80000) = 0x21 # restoring fd 3 of task 42 (/var/log/x): place
            2 close(#0) # restoring fd 3 of task 42 (/var/log/x): close
            3 lseek(0x21, 0x0, 0x2) = 0xb # restoring fd 3 of task 42 (/var/log/x): check that the size is still 11
            4 lseek(0x21, 0x5, 0x0) = 0x5 # restoring fd 3 of task 42 (/var/log/x): lseek
            5 dup3(0x21, 0x3, 0x0) = 0x3 # restoring descriptors of task 42: install fd 3
            6 close_range(0x0, 0x2, 0x0) # restoring descriptors of task 42: close what is not its own
            7 close_range(0x4, 0xffffffff, 0x0) # restoring descriptors of task 42: close what is not its own
            """);
  }

  @Test
  void theModeOfAFileIsCompared() {
    checksMode = true;
    regular(path(7, "/var/log/x", Fcntl.O_RDWR));
    TaskFiles task = task(42, 0, 1, 3, 7);
    planner(Map.of()).plan();
    Op check = task.plan().assemble().ops().get(4);
    assertThat(check.purpose())
        .isEqualTo("restoring fd 3 of task 42 (/var/log/x): check that the mode is still 0100644");
    assertThat(check.failure()).contains("--skip-file-rwx-check");
  }

  @Test
  void aPipeBetweenChildrenIsOpenedByTheirParent() {
    pipe(1, 4711, Fcntl.O_RDONLY);
    pipe(2, 4711, Fcntl.O_WRONLY | Fcntl.O_NONBLOCK);
    images.add(
        ImageType.PIPES_DATA,
        pipe_data_entry.newBuilder().setPipeId(4711).setBytes(3).setSize(65536).build(),
        "abc".getBytes(StandardCharsets.US_ASCII));
    TaskFiles parent = task(1, 0, 1);
    TaskFiles reader = task(2, 1, 2, 0, 1);
    TaskFiles writer = task(3, 1, 3, 1, 2);
    planner(Map.of()).plan();
    assertThat(program(parent))
        .isEqualTo(
            """
            0 pipe2(&[00000000000000000000000000000000], 0x0) # restoring fd 0 of task 2 (pipe:[4711], to read): pipe2
            1 fcntl(*[000000000000000000000000], 0x407, 0x10000) # restoring fd 0 of task 2 (pipe:[4711], to read): fcntl F_SETPIPE_SZ
            2 write(*[000000000000000000000000], &[616263], 0x3) = 0x3 # restoring fd 0 of task 2 (pipe:[4711], to read): write what waited in it
            3 dup3(*[00000000000000000000000000000000], 0x21, 0x80000) = 0x21 # restoring fd 0 of task 2 (pipe:[4711], to read): place
            4 dup3(*[000000000000000000000000], 0x22, 0x80000) = 0x22 # restoring fd 1 of task 3 (pipe:[4711], to write): place
            5 fcntl(0x22, 0x4, 0x800) # restoring fd 1 of task 3 (pipe:[4711], to write): fcntl F_SETFL
            6 close(*[00000000000000000000000000000000]) # restoring fd 0 of task 2 (pipe:[4711], to read): close
            7 close(*[000000000000000000000000]) # restoring fd 0 of task 2 (pipe:[4711], to read): close
            8 close_range(0x0, 0xffffffff, 0x0) # restoring descriptors of task 1: close what is not its own
            """);
    assertThat(program(reader)).startsWith("0 dup3(0x21, 0x0, 0x0) = 0x0 #").contains("0x1, 0xf");
    assertThat(program(writer)).startsWith("0 dup3(0x22, 0x1, 0x0) = 0x1 #");
  }

  @Test
  void aGivenPipeTakesThePlaceOfADumpedOne() {
    pipe(1, 4711, Fcntl.O_WRONLY);
    TaskFiles task = task(42, 0, 1, 1, 1, 2, 1);
    planner(Map.of("pipe:[4711]", 5)).plan();
    assertThat(program(task))
        .startsWith(
            """
            0 dup3(0x5, 0x22, 0x80000) = 0x22 # restoring fd 1 of task 42 (pipe:[4711], to write): take the given descriptor 5
            1 dup3(0x22, 0x1, 0x0) = 0x1 # restoring descriptors of task 42: install fd 1
            2 dup3(0x22, 0x2, 0x0) = 0x2 # restoring descriptors of task 42: install fd 2
            """);
  }

  @Test
  void mappedFilesStayOpenUntilTheEnd() {
    regular(path(7, "/bin/x", 0).setSize(10));
    regular(path(8, "/data", Fcntl.O_RDWR));
    TaskFiles task = task(42, 0, 1, 0, 8);
    FilesPlanner planner = planner(Map.of());
    ServiceFd stage = planner.reserve();
    ServiceFd exe = planner.openForMapping(42, 7, Fcntl.O_RDONLY);
    assertThat(planner.openForMapping(42, 7, Fcntl.O_RDONLY)).isSameAs(exe);
    ServiceFd data = planner.openForMapping(42, 8, Fcntl.O_RDONLY);
    planner.plan();
    assertThat(stage.number()).isEqualTo(33);
    assertThat(exe.number()).isEqualTo(35);
    assertThat(data.number()).isEqualTo(36);
    assertThat(program(task))
        .contains("restoring mapped file of task 42 (/bin/x): check that the size is still 10")
        .endsWith(
            """
            10 dup3(0x22, 0x0, 0x0) = 0x0 # restoring descriptors of task 42: install fd 0
            11 close_range(0x1, 0x20, 0x0) # restoring descriptors of task 42: close what is not its own
            12 close_range(0x22, 0x22, 0x0) # restoring descriptors of task 42: close what is not its own
            13 close_range(0x25, 0xffffffff, 0x0) # restoring descriptors of task 42: close what is not its own
            14 close_range(0x23, 0x24, 0x0) # restoring descriptors of task 42: close what is not its own
            """);
  }

  @Test
  void fsComesAsPaths() {
    regular(path(1, "/srv", 0).setMode(040755));
    images.add(
        ImageType.FILES,
        file_entry
            .newBuilder()
            .setType(fd_types.REG)
            .setId(2)
            .setReg(
                path(2, "", 0)
                    .setNameBytes(ByteString.copyFrom(new byte[] {'/', 'd', (byte) 0xff})))
            .build());
    images.begin(ImageType.FDINFO, 1);
    fs_entry fs = fs_entry.newBuilder().setRootId(1).setCwdId(2).setUmask(022).build();
    TaskFiles task = new TaskFiles(0, 1, fs, new ThreadPlan(42, 42));
    tasks.add(task);
    planner(Map.of()).plan();
    assertThat(program(task))
        .contains("chdir(\"/d")
        .contains("chroot(\"/srv\") # restoring root of task 42 (/srv): chroot")
        .contains("umask(0x12) # restoring umask of task 42");
  }

  @Test
  void ownersAreSetByThemselves() {
    regular(
        path(7, "/x", Fcntl.FASYNC)
            .setFown(
                fown_entry
                    .newBuilder()
                    .setUid(1000)
                    .setEuid(1000)
                    .setSignum(40)
                    .setPidType(Fcntl.F_OWNER_PID)
                    .setPid(42)));
    TaskFiles task = task(42, 0, 1, 3, 7);
    planner(Map.of()).plan();
    assertThat(program(task))
        .endsWith(
            """
            6 fcntl(0x3, 0xa, 0x28) # restoring fd 3 of task 42 (/x): fcntl F_SETSIG
            7 setresuid(0x3e8, 0x3e8, -1) # restoring fd 3 of task 42 (/x): be who set its owner
            8 fcntl(0x3, 0xf, &[010000002a000000]) # restoring fd 3 of task 42 (/x): fcntl F_SETOWN_EX
            9 setresuid(0x0, 0x0, -1) # restoring fd 3 of task 42 (/x): be root again
            10 fcntl(0x3, 0x4, 0x2000) # restoring fd 3 of task 42 (/x): fcntl F_SETFL
            """);
  }

  @Test
  void aTableSharedWithAChildIsMadeByTheParentAlone() {
    regular(path(7, "/x", 0));
    TaskFiles parent = task(1, 0, 1, 3, 7);
    TaskFiles child = task(2, 1, 1);
    planner(Map.of()).plan();
    assertThat(program(parent)).contains("install fd 3");
    assertThat(program(child)).isEmpty();
  }

  @Test
  void filesWaitAtOneAnothersNumbersIfTheLimitLeavesNoOthers() {
    regular(path(7, "/x", 0));
    regular(path(8, "/y", 0));
    TaskFiles parent = task(1, 0, 1, 40, 7, 41, 8);
    TaskFiles child = task(2, 1, 2, 40, 8, 41, 7);
    crowded(43).plan();
    assertThat(program(parent))
        .contains("fcntl(0x28, 0x2, 0x0) # restoring descriptors of task 1: install fd 40")
        .contains("fcntl(0x29, 0x2, 0x0) # restoring descriptors of task 1: install fd 41");
    assertThat(program(child))
        .contains("dup3(0x28, 0x21, 0x80000) = 0x21 # restoring descriptors of task 2: make room")
        .contains("dup3(0x29, 0x28, 0x0) = 0x28 # restoring descriptors of task 2: install fd 40")
        .contains("dup3(0x21, 0x29, 0x0) = 0x29 # restoring descriptors of task 2: install fd 41");
  }

  private FilesPlanner crowded(int limit) {
    return new FilesPlanner(
        images,
        tasks,
        CoreRooms.all().of(FileRoom.class),
        new FileRestoreOptions(Map.of(), limit, true),
        new Facts());
  }

  @Test
  void refusals() {
    regular(path(7, "/x", 0));
    task(1, 0, 1, 3, 7, 1000, 7);
    assertThatThrownBy(crowded(1000)::plan)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("numbers up to 1000, but RLIMIT_NOFILE is 1000");
    task(2, 1, 2, 5, 99);
    assertThatThrownBy(() -> planner(Map.of()))
        .hasMessage("fd 5 of task 2: files.img has no file with its id 99");
    images.add(ImageType.FILES, file_entry.newBuilder().setType(fd_types.BPFMAP).setId(99).build());
    assertThatThrownBy(() -> planner(Map.of()))
        .hasMessage("fd 5 of task 2: files of kind BPFMAP are not carried yet");
  }
}
