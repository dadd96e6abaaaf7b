// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.core.CoreRooms;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.vma_entry;
import dev.torpor.inject.Program;
import dev.torpor.inject.ProgramPrinter;
import dev.torpor.proc.Mapping;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The launcher's vdso of 0x2000 and vvar of 0x4000 and 0x2000 bytes, and a task's. */
class KernelAreasTest {
  private static final long PARKED = 0x1000_0000_0000L;
  private static final byte[] VDSO = new byte[0x2000];

  private final Program program = new Program("task 42");
  private List<Mapping> launcher;
  private KernelAreas areas;

  @BeforeEach
  void launcher() throws IOException {
    launcher = Maps.of(Maps.LINUX_6_18);
    areas = new KernelAreas(launcher, VDSO, PARKED);
  }

  private static AddressSpace space(long vvarBytes, long vdsoBytes) {
    return space(
        mm_entry
            .newBuilder()
            .addVmas(vma(0x7000_0000L, vvarBytes, VmaStatus.VVAR))
            .addVmas(vma(0x7100_0000L, vdsoBytes, VmaStatus.VDSO))
            .buildPartial());
  }

  private static AddressSpace space(mm_entry mm) {
    return new AddressSpace(
        "task 42",
        MmImage.of(mm),
        new MappingRooms(CoreRooms.all(), Maps.NO_IMAGES),
        new MappedPaths(Maps.NO_IMAGES));
  }

  private static vma_entry vma(long start, long lengthBytes, int status) {
    return vma_entry
        .newBuilder()
        .setStart(start)
        .setEnd(start + lengthBytes)
        .setStatus(VmaStatus.REGULAR | VmaStatus.ANON_PRIVATE | status)
        .buildPartial();
  }

  private String printed() {
    return new ProgramPrinter().print(program);
  }

  @Test
  void parked() {
    assertThat(KernelAreas.lengthBytes(launcher)).isEqualTo(0x8000);
    areas.park(program);
    String why = " # moving the kernel's vdso out of the way\n";
    assertThat(printed())
        .isEqualTo(
            "0 mremap(0x7f5da4d98000, 0x4000, 0x4000, 0x3, 0x100000000000) = 0x100000000000"
                + why
                + "1 mremap(0x7f5da4d9c000, 0x2000, 0x2000, 0x3, 0x100000004000) = 0x100000004000"
                + why
                + "2 mremap(0x7f5da4d9e000, 0x2000, 0x2000, 0x3, 0x100000006000) = 0x100000006000"
                + why);
  }

  @Test
  void movedToWhereTheTaskHadThem() {
    areas.move(space(0x6000, 0x2000), "task 42", program);
    String why = " # moving the kernel's vdso to its place in task 42\n";
    assertThat(printed())
        .isEqualTo(
            "0 mremap(0x100000000000, 0x4000, 0x4000, 0x3, 0x70000000) = 0x70000000"
                + why
                + "1 mremap(0x100000004000, 0x2000, 0x2000, 0x3, 0x70004000) = 0x70004000"
                + why
                + "2 mremap(0x100000006000, 0x2000, 0x2000, 0x3, 0x71000000) = 0x71000000"
                + why);
  }

  @Test
  void droppedIfTheTaskHadNone() {
    areas.move(space(mm_entry.getDefaultInstance()), "task 42", program);
    assertThat(printed().lines())
        .hasSize(3)
        .first()
        .isEqualTo(
            "0 munmap(0x100000000000, 0x4000) # dropping the kernel's vdso, which task 42 had not");
  }

  @Test
  void anotherKernelsSize() {
    refused(() -> areas.move(space(0x4000, 0x2000), "task 42", program));
    refused(() -> areas.move(space(0x6000, 0x1000), "task 42", program));
    assertThat(program.ops()).isEmpty();
  }

  @Test
  void anotherKernelsContent() {
    assertThatCode(() -> areas.compare(VDSO.clone(), "task 42")).doesNotThrowAnyException();
    byte[] other = VDSO.clone();
    other[0x1fff] = 1;
    refused(() -> areas.compare(other, "task 42"));
    refused(() -> areas.compare(new byte[0x1000], "task 42"));
  }

  private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(UnsupportedException.class)
        .hasMessageContaining("task 42: its vdso is another kernel's")
        .hasMessageContaining("restore it on the kernel that it was dumped on");
  }
}
