// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.core.CoreRooms;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.proc.Mapping;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which room has which mapping. */
class MappingRoomsTest {
  private static final MappingRooms ROOMS = new MappingRooms(CoreRooms.all(), Maps.NO_IMAGES);

  private static vma_entry entry(int status) {
    return vma_entry.newBuilder().setStart(0x1000).setEnd(0x2000).setStatus(status).buildPartial();
  }

  private static String room(int status) {
    return ROOMS.of("task 42", Vma.of(entry(status))).getClass().getSimpleName();
  }

  @Test
  void everyMappingOfAProgramHasOne() throws Exception {
    List<String> rooms = new ArrayList<>();
    for (Mapping mapping : Maps.of(Maps.LINUX_6_1)) {
      rooms.add(ROOMS.of(42, mapping).getClass().getSimpleName());
    }
    assertThat(rooms)
        .contains("FileMapping", "AnonymousMapping", "SharedMemoryMapping", "KernelMapping");
  }

  @Test
  void entriesAreKnownByTheirStatus() {
    int anonymous = VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;
    assertThat(room(anonymous)).isEqualTo("AnonymousMapping");
    assertThat(room(anonymous | VmaStatus.HEAP)).isEqualTo("AnonymousMapping");
    assertThat(room(anonymous | VmaStatus.VDSO)).isEqualTo("KernelMapping");
    assertThat(room(anonymous | VmaStatus.VVAR)).isEqualTo("KernelMapping");
    assertThat(room(VmaStatus.ANON_PRIVATE | VmaStatus.VSYSCALL)).isEqualTo("KernelMapping");
    assertThat(room(VmaStatus.REGULAR | VmaStatus.FILE_PRIVATE)).isEqualTo("FileMapping");
    assertThat(room(VmaStatus.REGULAR | VmaStatus.FILE_SHARED)).isEqualTo("FileMapping");
    assertThat(room(VmaStatus.REGULAR | VmaStatus.ANON_SHARED)).isEqualTo("SharedMemoryMapping");
  }

  /** Both have the same status; what the images call the memory tells them apart. */
  @Test
  void sharedMemoryIsNoMemfd() {
    CapturedImages images = new CapturedImages(ImageDirectory.at(Path.of("/nonexistent")));
    memory(images, 1, "/dev/zero");
    memory(images, 2, "made by a program");
    MappingRooms rooms = new MappingRooms(CoreRooms.all(), images);
    vma_entry.Builder entry =
        entry(VmaStatus.REGULAR | VmaStatus.FILE_SHARED | VmaStatus.MEMFD).toBuilder();
    assertThat(rooms.of("task 42", Vma.of(entry.setShmid(1).buildPartial())))
        .isInstanceOf(SharedMemoryMapping.class);
    assertThat(rooms.of("task 42", Vma.of(entry.setShmid(2).buildPartial())))
        .isInstanceOf(FileMapping.class);
  }

  private static void memory(CapturedImages images, int id, String name) {
    images.add(
        ImageType.FILES,
        file_entry
            .newBuilder()
            .setType(fd_types.MEMFD)
            .setId(id)
            .setMemfd(memfd_file_entry.newBuilder().setInodeId(id).buildPartial())
            .buildPartial());
    images.add(
        ImageType.MEMFD_INODE,
        memfd_inode_entry.newBuilder().setName(name).setInodeId(id).buildPartial());
  }

  @Test
  void whatARoomCapturesItKnowsAgain() throws Exception {
    for (Mapping mapping : Maps.of(Maps.LINUX_6_18)) {
      MappingRoom room = ROOMS.of(42, mapping);
      vma_entry.Builder entry = entry(0).toBuilder();
      room.capture(42, mapping, VmaEntriesTest.FILES, entry);
      assertThat(ROOMS.of("task 42", Vma.of(entry.buildPartial())))
          .as(mapping.toString())
          .isSameAs(room);
    }
  }

  /** Such as CRIU writes for System V shared memory, sockets and AIO rings. */
  @Test
  void othersAreRefused() {
    int anonymous = VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;
    for (int status :
        new int[] {anonymous | 1 << 10, anonymous | 1 << 11, anonymous | 1 << 13, 0, 1}) {
      assertThatThrownBy(() -> room(status))
          .isInstanceOf(UnsupportedException.class)
          .hasMessageContaining("mapping 1000-2000 of task 42")
          .hasMessageContaining("status 0x" + Integer.toHexString(status));
    }
  }
}
