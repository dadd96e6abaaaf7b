// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.core.CoreRooms;
import dev.torpor.error.UnsupportedException;
import dev.torpor.file.MappedFile;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.mm_entryOrBuilder;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.proc.Mapping;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Entries of mappings, and mappings that have none. */
class VmaEntriesTest {
  private static final int PID = 42;
  private static final MappingRooms ROOMS = new MappingRooms(CoreRooms.all(), Maps.NO_IMAGES);

  /** Every file is number 7, 8 if it is mapped for writing. */
  static final MappedFiles FILES =
      new MappedFiles() {
        @Override
        public MappedFile mapped(int pid, Mapping mapping, boolean writable) {
          return new MappedFile(writable ? 8 : 7, 0);
        }

        @Override
        public int sharedMemory(int pid, Mapping mapping) {
          return 10;
        }

        @Override
        public void attached(int pid, Mapping mapping) {}

        @Override
        public void awaitRing(int pid, Mapping mapping) {}

        @Override
        public int executable(int pid) {
          return 9;
        }
      };

  private static List<vma_entry> entries(List<Mapping> mappings) {
    return space(mappings).getVmasList();
  }

  private static mm_entryOrBuilder space(List<Mapping> mappings) {
    mm_entry.Builder mm = mm_entry.newBuilder();
    new VmaEntries(ROOMS, PID, FILES).capture(mappings, mm);
    return mm;
  }

  private static List<String> captured(List<Mapping> mappings) {
    return entries(mappings).stream()
        .map(
            v ->
                String.format(
                    "%x-%x prot %d flags %x status %x madv %x",
                    v.getStart(),
                    v.getEnd(),
                    v.getProt(),
                    v.getFlags(),
                    v.getStatus(),
                    v.getMadv()))
        .toList();
  }

  private static vma_entry one(String permissions, int inode, String name, String vmFlags) {
    Mapping mapping = Maps.one(permissions, inode, name, vmFlags);
    return entries(List.of(mapping)).get(0);
  }

  @Test
  void linux618() throws Exception {
    assertThat(captured(Maps.of(Maps.LINUX_6_18)))
        .containsExactly(
            "5561fa03e000-5561fa043000 prot 5 flags 2 status 41 madv 0",
            "5561fa046000-5561fa047000 prot 3 flags 2 status 41 madv 0",
            "556236e3a000-556236e5b000 prot 3 flags 22 status 221 madv 0",
            "7f5da4d98000-7f5da4d9e000 prot 1 flags 22 status 1201 madv 10000",
            "7f5da4d9e000-7f5da4da0000 prot 5 flags 22 status 209 madv 0",
            "7ffff3716000-7ffff3737000 prot 3 flags 122 status 201 madv 0",
            "ffffffffff600000-ffffffffff601000 prot 4 flags 22 status 204 madv 0");
  }

  @Test
  void linux61() throws Exception {
    assertThat(captured(Maps.of(Maps.LINUX_6_1)))
        .hasSize(9)
        .contains(
            "7f1c60000000-7f1c60100000 prot 3 flags 1 status 4081 madv 0",
            "7f1c64a2e000-7f1c64a31000 prot 3 flags 22 status 201 madv 0",
            "7ffd0a3f1000-7ffd0a3f5000 prot 1 flags 22 status 1201 madv 10000");
  }

  @Test
  void files() {
    vma_entry privately = one("rw-p", 5, "/a", "rd wr mr mw me");
    assertThat(privately.getShmid()).isEqualTo(7);
    assertThat(privately.getPgoff()).isEqualTo(0x3000);
    assertThat(privately.getFdflags()).isEqualTo(Fcntl.O_RDONLY);
    assertThat(privately.getFd()).isEqualTo(-1);
    vma_entry shared = one("r--s", 5, "/a", "rd sh mr mw me ms");
    assertThat(shared.getShmid()).isEqualTo(8);
    assertThat(shared.getFdflags()).isEqualTo(Fcntl.O_RDWR);
    assertThat(shared.getStatus()).isEqualTo(VmaStatus.REGULAR | VmaStatus.FILE_SHARED);
    assertThat(one("r--s", 5, "/a", "rd sh mr me ms").getFdflags()).isEqualTo(Fcntl.O_RDONLY);
    assertThat(one("rw-s", 5, "/dev/zero (deleted)", "rd wr sh mr mw me ms").getShmid())
        .isEqualTo(10);
  }

  /** CRIU would take bits of advice that it does not know: they stand beside the entry. */
  @Test
  void lockedOnFaultAndSealed() {
    Mapping mapping = Maps.one("rw-p", 0, "", "rd wr mr mw me lo lf ac sl");
    mm_entryOrBuilder mm = space(List.of(mapping));
    assertThat(mm.getLockedOnFaultList()).containsExactly(mapping.start());
    assertThat(mm.getSealedList()).containsExactly(mapping.start());
    assertThat(mm.getVmas(0).hasMadv()).isFalse();
    assertThat(mm.getVmas(0).getFlags() & Mman.MAP_LOCKED).isNotZero();
  }

  @Test
  void adviceAndFlags() {
    vma_entry vma = one("rw-p", 0, "[anon:arena]", "rd wr mr mw me lo nr dc hg mg ac");
    assertThat(vma.getFlags())
        .isEqualTo(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | Mman.MAP_LOCKED | Mman.MAP_NORESERVE);
    assertThat(vma.getMadv())
        .isEqualTo(1L << Mman.MADV_DONTFORK | 1L << Mman.MADV_HUGEPAGE | 1L << Mman.MADV_MERGEABLE);
    assertThat(one("rw-p", 0, "", "rd wr").hasMadv()).isFalse();
  }

  @Test
  void whatForksAndTheKernelMayEmpty() {
    Vma vma = Vma.of(one("rw-p", 0, "", "rd wr mr mw me nr wf dd dp"));
    assertThat(vma.flags()).isEqualTo(Mman.MAP_DROPPABLE | Mman.MAP_ANONYMOUS | Mman.MAP_NORESERVE);
    assertThat(vma.madv()).isEqualTo(1L << Mman.MADV_WIPEONFORK | 1L << Mman.MADV_DONTDUMP);
    assertThat(ROOMS.of("task 42", vma).pages(vma)).isEqualTo(MappingRoom.Pages.NONE);
  }

  @Test
  void propertiesThatAreNotCarried() {
    for (String flag : new String[] {"io", "pf", "ht", "um", "uw", "ss", "xx"}) {
      assertThatThrownBy(() -> one("rw-p", 0, "", "rd wr mr " + flag + " ac"))
          .as(flag)
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("mapping 10000-11000 of task 42")
          .hasMessageContaining("\"" + flag + "\"");
    }
  }

  @Test
  void kindsThatAreNotCarried() {
    refused(0, "[uprobes]", "this kind of mapping");
    refused(0, "[gate]", "this kind of mapping");
    refused(5, "anon_inode:[perf_event]", "this kind of file");
    refused(5, "socket:[123]", "this kind of file");
  }

  private static void refused(int inode, String name, String why) {
    assertThatThrownBy(() -> one("rw-p", inode, name, "rd wr mr mw me"))
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("task 42")
        .hasMessageContaining(why);
  }
}
