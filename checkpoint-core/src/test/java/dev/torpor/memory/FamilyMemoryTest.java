// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.torpor.core.CoreRooms;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.linux.Mman;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who inherits what, of mappings whose first page has content. */
class FamilyMemoryTest {
  private static final int ANONYMOUS = VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;
  private static final int FILE = VmaStatus.REGULAR | VmaStatus.FILE_PRIVATE;

  private static final MappingRooms ROOMS = new MappingRooms(CoreRooms.all(), Maps.NO_IMAGES);

  @TempDir Path directory;

  private final FamilyMemory family = new FamilyMemory();

  private static vma_entry anonymous(long start, long end) {
    return anonymous(start, end, Mman.PROT_READ | Mman.PROT_WRITE, 0);
  }

  private static vma_entry anonymous(long start, long end, int protection, int flags) {
    return vma(start, end, ANONYMOUS)
        .setProt(protection)
        .setFlags(Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS | flags)
        .buildPartial();
  }

  private static vma_entry file(long start, long end, int id, long offset) {
    return vma(start, end, FILE)
        .setProt(Mman.PROT_READ)
        .setFlags(Mman.MAP_PRIVATE)
        .setShmid(id)
        .setPgoff(offset)
        .buildPartial();
  }

  private static vma_entry.Builder vma(long start, long end, int status) {
    return vma_entry.newBuilder().setStart(start).setEnd(end).setStatus(status);
  }

  private void add(int pid, int parentPid, vma_entry... vmas) throws IOException {
    long[] pages = new long[2 * vmas.length];
    for (int i = 0; i < vmas.length; i++) {
      pages[2 * i] = vmas[i].getStart();
      pages[2 * i + 1] = 1;
    }
    mm_entry mm = mm_entry.newBuilder().addAllVmas(List.of(vmas)).buildPartial();
    family.add(pid, parentPid, space(pid, mm), PageIndexTest.write(directory, pages));
  }

  private AddressSpace space(int pid, mm_entry mm) {
    CapturedImages noFiles = new CapturedImages(ImageDirectory.at(directory));
    return new AddressSpace("task " + pid, MmImage.of(mm), ROOMS, new MappedPaths(noFiles));
  }

  private static String text(Areas areas) {
    return areas.areas().stream()
        .map(area -> Long.toHexString(area.start()) + "-" + Long.toHexString(area.end()))
        .collect(Collectors.joining(" "));
  }

  private String handed(int pid) {
    return text(family.of(pid).handed());
  }

  private String kept(int pid) {
    return text(family.of(pid).kept());
  }

  @Test
  void whatBothHave() throws IOException {
    add(1, 0, anonymous(0x1000, 0x3000), anonymous(0x5000, 0x6000), file(0x7000, 0x9000, 3, 0));
    add(2, 1, anonymous(0x1000, 0x3000), file(0x7000, 0x9000, 3, 0));
    assertThat(handed(1)).isEqualTo("1000-3000 7000-9000");
    assertThat(kept(2)).isEqualTo("1000-3000 7000-9000");
    assertThat(handed(2)).isEmpty();
    assertThat(kept(1)).isEmpty();
  }

  @Test
  void protectionAndLockMayDiffer() throws IOException {
    add(1, 0, anonymous(0x1000, 0x3000));
    add(2, 1, anonymous(0x1000, 0x3000, Mman.PROT_NONE, Mman.MAP_LOCKED));
    assertThat(kept(2)).isEqualTo("1000-3000");
  }

  @Test
  void anotherKindOrFileOrPlaceInTheFile() throws IOException {
    add(1, 0, file(0x1000, 0x3000, 3, 0), file(0x4000, 0x5000, 3, 0), anonymous(0x6000, 0x7000));
    add(
        2,
        1,
        file(0x1000, 0x3000, 4, 0),
        file(0x4000, 0x5000, 3, 0x1000),
        anonymous(0x6000, 0x7000, Mman.PROT_READ, Mman.MAP_NORESERVE));
    assertThat(handed(1)).isEmpty();
    assertThat(kept(2)).isEmpty();
  }

  @Test
  void withoutContentThereIsNothingToShare() throws IOException {
    add(1, 0, anonymous(0x1000, 0x3000));
    family.add(
        2,
        1,
        space(2, mm_entry.newBuilder().addVmas(anonymous(0x1000, 0x3000)).buildPartial()),
        PageIndexTest.write(directory));
    assertThat(handed(1)).isEmpty();
  }

  /** A heap that a child has made longer, and a stack. */
  @Test
  void longestOfTheFamily() throws IOException {
    add(1, 0, anonymous(0x1000, 0x3000), anonymous(0x8000, 0x9000, 3, Mman.MAP_GROWSDOWN));
    add(2, 1, anonymous(0x1000, 0x5000), anonymous(0x6000, 0x9000, 3, Mman.MAP_GROWSDOWN));
    add(3, 1, anonymous(0x1000, 0x2000));
    assertThat(handed(1)).isEqualTo("1000-5000 6000-9000");
    assertThat(kept(2)).isEqualTo("1000-5000 6000-9000");
    assertThat(kept(3)).isEqualTo("1000-2000");
  }

  @Test
  void whatWouldReachIntoAnotherMappingIsNotInherited() throws IOException {
    add(1, 0, anonymous(0x1000, 0x3000), file(0x4000, 0x5000, 3, 0));
    add(2, 1, anonymous(0x1000, 0x5000));
    assertThat(handed(1)).isEmpty();
    assertThat(kept(2)).isEmpty();
  }

  @Test
  void twoOfTheParentMayBeOneOfTheChild() throws IOException {
    add(1, 0, anonymous(0x1000, 0x2000), anonymous(0x2000, 0x4000, Mman.PROT_READ, 0));
    add(2, 1, anonymous(0x1000, 0x4000));
    assertThat(handed(1)).isEqualTo("1000-4000");
    assertThat(kept(2)).isEqualTo("1000-4000");
  }

  /** The grandchild's heap is the longest, so it must be there from the start. */
  @Test
  void grandchildren() throws IOException {
    add(1, 0, anonymous(0x1000, 0x3000));
    add(2, 1, anonymous(0x1000, 0x4000));
    add(3, 2, anonymous(0x1000, 0x6000));
    assertThat(handed(1)).isEqualTo("1000-6000");
    assertThat(kept(2)).isEqualTo("1000-6000");
    assertThat(handed(2)).isEqualTo("1000-6000");
    assertThat(kept(3)).isEqualTo("1000-6000");
    Vma shorter = Vma.of(anonymous(0x1000, 0x4000));
    Areas.Area area = new Areas.Area(0x1000, 0x4000, ROOMS.of("task 2", shorter), shorter, 0);
    assertThat(family.of(2).stands(area)).isTrue();
  }
}
