// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Memfd.MFD_HUGETLB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.core.CoreRooms;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.FileRestoreOptions;
import dev.torpor.file.FileRoom;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.SharedMemory;
import dev.torpor.file.TaskFiles;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.inject.ProgramPrinter;
import dev.torpor.linux.Fcntl;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ThreadPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How memfds come back. */
class MemfdTest {
  private final CapturedImages images =
      new CapturedImages(ImageDirectory.at(Path.of("/nonexistent")));

  private static memfd_inode_entry.Builder inode(int seals) {
    return memfd_inode_entry
        .newBuilder()
        .setName("log")
        .setUid(1)
        .setGid(2)
        .setSize(5000)
        .setShmid(77)
        .setSeals(seals)
        .setInodeId(1)
        .setMode(0100640);
  }

  /** Of a task that has it open for reading, at position 7, and mapped for writing. */
  private String program(memfd_inode_entry.Builder inode) {
    images.add(ImageType.MEMFD_INODE, inode.build());
    file_entry file = SharedMemory.file(3, 1);
    images.add(
        ImageType.FILES, file.toBuilder().setMemfd(file.getMemfd().toBuilder().setPos(7)).build());
    images.add(
        ImageType.FDINFO,
        1,
        fdinfo_entry.newBuilder().setFd(5).setId(3).setFlags(0).setType(fd_types.MEMFD).build());
    Facts facts = new Facts();
    ThreadPlan plan = new ThreadPlan(42, 42, facts);
    FilesPlanner planner =
        new FilesPlanner(
            images,
            List.of(new TaskFiles(0, 1, null, plan)),
            CoreRooms.all().of(FileRoom.class),
            new FileRestoreOptions(Map.of(), 1024, true),
            facts);
    facts.with(new Provisions(planner.reserve(), planner.reserve(), 0x1000, 0x2000));
    planner.openForMapping(42, 3, Fcntl.O_RDWR);
    planner.plan();
    return new ProgramPrinter().print(plan.assemble());
  }

  @Test
  void itIsMadeOnceAndOpenedForEachUse() {
    assertThat(program(inode(Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW)))
        .contains(
            "memfd_create(\"log\", 0x12) # restoring memfd log: memfd_create",
            "ftruncate(0x23, 0x1388) # restoring memfd log: ftruncate",
            "fchown(0x23, 0x1, 0x2) # restoring memfd log: fchown",
            "fchmod(0x23, 0x1a0) # restoring memfd log: fchmod",
            "fcntl(0x23, 0x409, 0x6) # restoring memfd log: fcntl F_ADD_SEALS",
            "openat(0x22, \"self/fd/35\", 0x0, 0x0) # restoring fd 5 of task 42 (memfd log): open",
            "0x7, 0x0) = 0x7 # restoring fd 5 of task 42 (memfd log): lseek",
            "dup3(0x23, 0x25, 0x80000) = 0x25"
                + " # restoring mapped file of task 42 (memfd log): take the given descriptor 35");
  }

  @Test
  void oneThatCannotBeSealedIsMadeSo() {
    assertThat(program(inode(Fcntl.F_SEAL_SEAL)))
        .contains("memfd_create(\"log\", 0x10)")
        .doesNotContain("F_ADD_SEALS");
  }

  @Test
  void writersThatAreMappedComeBeforeTheSealAgainstOthers() {
    String program = program(inode(Fcntl.F_SEAL_FUTURE_WRITE));
    assertThat(program.indexOf("F_ADD_SEALS")).isGreaterThan(program.indexOf("mapped file"));
  }

  @Test
  void whatCannotBeReturnedIsRefused() {
    assertThatThrownBy(() -> program(inode(0x40)))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("memfd log")
        .hasMessageContaining("seals 0x40");
  }

  @Test
  void hugePagesAreRefused() {
    assertThatThrownBy(() -> program(inode(0).setHugetlbFlag(MFD_HUGETLB)))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("huge pages");
  }
}
