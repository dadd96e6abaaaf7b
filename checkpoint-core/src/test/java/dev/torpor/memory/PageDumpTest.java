// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Memfd.memfdCreate;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.core.CoreRooms;
import dev.torpor.error.DumpException;
import dev.torpor.file.MemfdInodes;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageReader;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.pagemap_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.ScratchRange;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.linux.Mman;
import dev.torpor.linux.NativeMemory;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.Mapping;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages of the test's own: 0, 1, 2 and 5 of eight have content. */
class PageDumpTest {
  private static final int PID = (int) ProcessHandle.current().pid();
  private static final int PAGE = 4096;
  private static final int PAGES = 8;
  private static final MappingRooms ROOMS = new MappingRooms(CoreRooms.all(), Maps.NO_IMAGES);
  private static final int PRIVATE = VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE;
  private static final int LAZY = PageRange.PE_LAZY | PageRange.PE_PRESENT;
  private static final int READ_WRITE = Mman.PROT_READ | Mman.PROT_WRITE;

  @TempDir Path directory;

  private long memory;

  @BeforeEach
  void touch() {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    memory = Mman.mmap(0, PAGES * PAGE, READ_WRITE, flags, -1, 0);
    NativeMemory pages = NativeMemory.ofAddress(memory, PAGES * PAGE);
    for (int page : new int[] {0, 1, 2, 5}) {
      pages.putByte(page * PAGE, 'a' + page);
    }
  }

  @AfterEach
  void unmap() {
    Mman.munmap(memory, PAGES * PAGE);
  }

  private vma_entry vma(int first, int behind, int flags, int status) {
    return vma_entry
        .newBuilder()
        .setStart(memory + (long) first * PAGE)
        .setEnd(memory + (long) behind * PAGE)
        .setProt(READ_WRITE)
        .setFlags(flags)
        .setStatus(status)
        .buildPartial();
  }

  private PageDump pageDump(SecondThread second) {
    return new PageDump(
        new ProcFs(Path.of("/proc")),
        new CapturedImages(ImageDirectory.at(directory)),
        ROOMS,
        second);
  }

  /** {@code first page, pages, flags} of each entry. */
  private List<String> dumped(vma_entry... vmas) throws IOException {
    return dumped(null, vmas);
  }

  private List<String> dumped(ScratchRange blank, vma_entry... vmas) throws IOException {
    ImageDirectory images = ImageDirectory.at(directory);
    mm_entry mm = mm_entry.newBuilder().addAllVmas(List.of(vmas)).buildPartial();
    try (SecondThread second = new SecondThread();
        PageDump pages =
            new PageDump(new ProcFs(Path.of("/proc")), new CapturedImages(images), ROOMS, second)) {
      pages.dump(pages.number(), PID, 42, mm, blank);
    }
    try (ImageReader pagemap = images.read(ImageType.PAGEMAP, 42)) {
      assertThat(pagemap.next(pagemap_head.parser()).getPagesId()).isEqualTo(1);
      return pagemap.rest(pagemap_entry.parser()).stream()
          .map(e -> (e.getVaddr() - memory) / PAGE + ", " + e.getNrPages() + ", " + e.getFlags())
          .toList();
    }
  }

  @Test
  void neighboursOfTwoMappingsAreOneRange() throws Exception {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    assertThat(dumped(vma(0, 2, flags, PRIVATE), vma(2, PAGES, flags, PRIVATE)))
        .containsExactly("0, 3, " + LAZY, "5, 1, " + LAZY);
    byte[] pages = Files.readAllBytes(directory.resolve("pages-1.img"));
    assertThat(pages).hasSize(4 * PAGE);
    assertThat(new byte[] {pages[0], pages[PAGE], pages[2 * PAGE], pages[3 * PAGE]})
        .containsExactly('a', 'b', 'c', 'f');
  }

  @Test
  void blankPagesAreLeftOut() throws Exception {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    ScratchRange blank = new ScratchRange(memory + PAGE, PAGE);
    assertThat(dumped(blank, vma(0, PAGES, flags, PRIVATE)))
        .containsExactly("0, 1, " + LAZY, "2, 1, " + LAZY, "5, 1, " + LAZY);
  }

  @Test
  void blankPagesMayLieBetweenMappings() throws Exception {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    ScratchRange blank = new ScratchRange(memory + PAGE, 2 * PAGE);
    assertThat(dumped(blank, vma(0, 1, flags, PRIVATE), vma(4, PAGES, flags, PRIVATE)))
        .containsExactly("0, 1, " + LAZY, "5, 1, " + LAZY);
  }

  /**
   * Two owners, each large enough for two threads, with a hole after every six pages: more ranges
   * than the kernel collects at a time. Their numbers follow the order of the tasks.
   */
  @Test
  void muchMemoryIsWrittenInOrder() throws Exception {
    int pageCount = 20 * 1024;
    long all = (long) pageCount * PAGE;
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    long much = Mman.mmap(0, all, READ_WRITE, flags, -1, 0);
    try (SecondThread second = new SecondThread();
        PageDump pages = pageDump(second)) {
      NativeMemory memory = NativeMemory.ofAddress(much, (int) all);
      for (int page = 0; page < pageCount; page++) {
        if (page % 7 != 6) {
          memory.putInt(page * PAGE, page + 1);
        }
      }
      List<FutureTask<Void>> dumps = new ArrayList<>();
      for (int owner = 1; owner <= 3; owner++) {
        int number = pages.number();
        int length = owner == 2 ? PAGE : (int) all;
        dumps.add(new FutureTask<>(() -> dump(pages, number, much, length)));
      }
      pages.finish(dumps);
      for (FutureTask<Void> dump : dumps) {
        SecondThread.result(dump);
      }
    } finally {
      Mman.munmap(much, all);
    }
    assertThat(Files.size(directory.resolve("pages-2.img"))).isEqualTo(PAGE);
    assertThat(Files.mismatch(directory.resolve("pages-1.img"), directory.resolve("pages-3.img")))
        .isEqualTo(-1);
    assertHasPagesInOrder(directory.resolve("pages-3.img"), pageCount);
  }

  private Void dump(PageDump pages, int number, long start, int length) throws IOException {
    vma_entry vma =
        vma(0, 1, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, PRIVATE).toBuilder()
            .setStart(start)
            .setEnd(start + length)
            .buildPartial();
    pages.dump(number, PID, number, mm_entry.newBuilder().addVmas(vma).buildPartial(), null);
    return null;
  }

  private static void assertHasPagesInOrder(Path image, int pageCount) throws IOException {
    try (FileChannel file = FileChannel.open(image)) {
      ByteBuffer first = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
      long at = 0;
      for (int page = 0; page < pageCount; page++) {
        if (page % 7 != 6) {
          file.read(first.clear(), at);
          assertThat(first.getInt(0)).isEqualTo(page + 1);
          at += PAGE;
        }
      }
      assertThat(file.size()).isEqualTo(at);
    }
  }

  /** What fails for one of two threads fails the dump, and ends the work of the other. */
  @Test
  void memoryThatCannotBeReadFailsTheDump() throws Exception {
    int all = 20 * 1024 * PAGE;
    long much = Mman.mmap(0, all, READ_WRITE, Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS, -1, 0);
    try (SecondThread second = new SecondThread();
        PageDump pages = pageDump(second)) {
      NativeMemory memory = NativeMemory.ofAddress(much, all);
      for (int at = 0; at < all; at += PAGE) {
        memory.putByte(at, 1);
      }
      Mman.mprotect(much + all / 2, PAGE, 0);
      assertThatThrownBy(() -> dump(pages, pages.number(), much, all))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("read ");
      assertThat(Files.size(directory.resolve("pages-1.img"))).isLessThan(all);
    } finally {
      Mman.munmap(much, all);
    }
  }

  /** They count as swapped out, but there is nothing to read. */
  @Test
  void guardRegionsHaveNoPages() throws Exception {
    try {
      Mman.madvise(memory + PAGE, 3 * PAGE, Mman.MADV_GUARD_INSTALL);
    } catch (ErrnoException e) {
      assumeFalse(e.is(Errno.EINVAL), "the kernel has no guard regions");
      throw e;
    }
    ProcFs proc = new ProcFs(Path.of("/proc"));
    List<Mapping> mappings = new ArrayList<>();
    for (Mapping mapping : AddressSpaceRoom.mappings(proc, PID)) {
      if (mapping.start() <= memory && memory < mapping.end()) {
        mappings.add(mapping);
      }
    }
    assumeTrue(mappings.get(0).hasFlag("gu"), "the kernel does not show them");
    List<vma_entry> guards = GuardRegions.capture(proc, PID, mappings);
    assertThat(guards).hasSize(1);
    assertThat(guards.get(0).getStart()).isEqualTo(memory + PAGE);
    assertThat(guards.get(0).getEnd()).isEqualTo(memory + 4 * PAGE);
    assertThat(guards.get(0).getStatus()).isEqualTo(VmaStatus.GUARD);
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    assertThat(dumped(vma(0, PAGES, flags, PRIVATE), guards.get(0)))
        .containsExactly("0, 1, " + LAZY, "5, 1, " + LAZY);
  }

  @Test
  void lockedPagesAreNotLazy() throws Exception {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    assertThat(dumped(vma(0, 2, flags, PRIVATE), vma(2, PAGES, flags | Mman.MAP_LOCKED, PRIVATE)))
        .containsExactly(
            "0, 2, " + LAZY, "2, 1, " + PageRange.PE_PRESENT, "5, 1, " + PageRange.PE_PRESENT);
  }

  @Test
  void whatOnlyTheKernelHasIsNotWritten() throws Exception {
    int vvar = PRIVATE | VmaStatus.VVAR;
    int vsyscall = VmaStatus.ANON_PRIVATE | VmaStatus.VSYSCALL;
    assertThat(dumped(vma(0, 1, Mman.MAP_PRIVATE, vvar), vma(1, 3, Mman.MAP_PRIVATE, vsyscall)))
        .isEmpty();
  }

  @Test
  void vdsoIsWrittenWhole() throws Exception {
    assertThat(dumped(vma(2, 4, Mman.MAP_PRIVATE, PRIVATE | VmaStatus.VDSO)))
        .containsExactly("2, 2, " + PageRange.PE_PRESENT);
  }

  @Test
  void whatLiesBetweenPrivateMappingsIsNotWritten() throws Exception {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    int shared = VmaStatus.REGULAR | VmaStatus.ANON_SHARED;
    assertThat(
            dumped(
                vma(0, 1, flags, PRIVATE),
                vma(1, 2, Mman.MAP_SHARED, shared),
                vma(2, PAGES, flags, PRIVATE)))
        .containsExactly("0, 1, " + LAZY, "2, 1, " + LAZY, "5, 1, " + LAZY);
  }

  /** One that ends within a page, behind a hole. */
  @Test
  void sharedMemoryIsWrittenInWholePages() throws Exception {
    int memfd = memfdCreate("test", 0);
    try (NativeMemory content = NativeMemory.allocate(1000)) {
      Unistd.pwrite(memfd, content.putBytes(0, "end".getBytes(UTF_8)).address(), 1000, 2 * PAGE);
      String path = "/proc/self/fd/" + memfd;
      ImageDirectory images = ImageDirectory.at(directory);
      new PageDump(
              new ProcFs(Path.of("/proc")), new CapturedImages(images), ROOMS, new SecondThread())
          .dumpShared(List.of(new MemfdInodes.Content(7, path)));
      try (ImageReader pagemap = images.read(ImageType.SHMEM_PAGEMAP, 7)) {
        assertThat(pagemap.next(pagemap_head.parser()).getPagesId()).isEqualTo(1);
        pagemap_entry only = pagemap.next(pagemap_entry.parser());
        assertThat(only.getVaddr()).isEqualTo(2 * PAGE);
        assertThat(only.getNrPages()).isEqualTo(1);
      }
      byte[] page = new byte[PAGE];
      System.arraycopy("end".getBytes(UTF_8), 0, page, 0, 3);
      assertThat(Files.readAllBytes(directory.resolve("pages-1.img"))).isEqualTo(page);
    } finally {
      Unistd.close(memfd);
    }
  }

  @Test
  void memoryThatNoMappingHasIsRefused() {
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    assertThatThrownBy(() -> dumped(vma(0, 1, flags, PRIVATE), vma(6, PAGES, flags, PRIVATE)))
        .isInstanceOf(DumpException.class)
        .hasMessageContaining("got memory at 0x" + Long.toHexString(memory + PAGE));
  }
}
