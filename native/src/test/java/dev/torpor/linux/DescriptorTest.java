// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Descriptors, one's own and borrowed. */
class DescriptorTest {
  @Test
  void mapsAndSealsAMemfd() {
    int fd = Memfd.memfdCreate("torpor test", Memfd.MFD_CLOEXEC | Memfd.MFD_ALLOW_SEALING);
    Unistd.ftruncate(fd, 8192);
    long address = Mman.mmap(0, 8192, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, fd, 0);
    try (NativeMemory map = NativeMemory.ofAddress(address, 8192);
        NativeMemory copy = NativeMemory.allocate(8)) {
      map.putLong(4096, 0x1122334455667788L);
      assertThat(Unistd.pread(fd, copy.address(), 8, 4096)).isEqualTo(8);
      assertThat(copy.getLong(0)).isEqualTo(0x1122334455667788L);
      assertThat(copy.getUnsignedByte(0)).isEqualTo(0x88);
      assertThat(ProcessVm.read(Unistd.getpid(), address + 4096, copy.zero(), 8)).isEqualTo(8);
      assertThat(copy.getLong(0)).isEqualTo(0x1122334455667788L);
    }
    Mman.munmap(address, 8192);
    Fcntl.addSeals(fd, Fcntl.F_SEAL_SHRINK);
    assertThat(Fcntl.getSeals(fd)).isEqualTo(Fcntl.F_SEAL_SHRINK);
    assertThatThrownBy(() -> Unistd.ftruncate(fd, 0))
        .hasMessage("ftruncate(" + fd + ", 0x0): EPERM (Operation not permitted)");
    Unistd.close(fd);
    assertThatThrownBy(() -> Unistd.close(fd))
        .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.is(Errno.EBADF)).isTrue());
  }

  @Test
  void borrowsADescriptorOfAnotherProcess() throws IOException, InterruptedException {
    Process cat = new ProcessBuilder("cat").start();
    int pidfd = Pidfd.pidfdOpen((int) cat.pid(), 0);
    try {
      int borrowed = Pidfd.pidfdGetfd(pidfd, 0);
      assertThat(Fcntl.getFd(borrowed)).isEqualTo(Fcntl.FD_CLOEXEC);
      assertThat(Fcntl.getPipeSize(borrowed)).isEqualTo(65536);
      int own = Unistd.getpid();
      assertThat(Kcmp.file(own, borrowed, (int) cat.pid(), 0)).isEqualTo(Kcmp.EQUAL);
      assertThat(Kcmp.file(own, borrowed, (int) cat.pid(), 1)).isNotEqualTo(Kcmp.EQUAL);
      try (NativeMemory stat = NativeMemory.allocate(Stat.Statx.SIZEOF)) {
        Stat.statx(borrowed, "", Fcntl.AT_EMPTY_PATH, Stat.STATX_BASIC_STATS, stat);
        assertThat(stat.getShort(Stat.Statx.stx_mode) & Stat.S_IFMT).isEqualTo(Stat.S_IFIFO);
      }
      Unistd.close(borrowed);
    } finally {
      Pidfd.pidfdSendSignal(pidfd, Signal.SIGKILL);
      Unistd.close(pidfd);
      cat.waitFor();
    }
  }

  @Test
  void statAndStatxAgree() {
    int fd = Fcntl.open("/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF);
        NativeMemory statx = NativeMemory.allocate(Stat.Statx.SIZEOF)) {
      Stat.fstat(fd, stat);
      Stat.statx(fd, "", Fcntl.AT_EMPTY_PATH, Stat.STATX_BASIC_STATS | Stat.STATX_MNT_ID, statx);
      long device = stat.getLong(Stat.StructStat.st_rdev);
      assertThat(Stat.major(device))
          .isEqualTo(statx.getInt(Stat.Statx.stx_rdev_major))
          .isEqualTo(1);
      assertThat(Stat.minor(device))
          .isEqualTo(statx.getInt(Stat.Statx.stx_rdev_minor))
          .isEqualTo(3);
      assertThat(Stat.makedev(1, 3)).isEqualTo(device);
      assertThat(stat.getLong(Stat.StructStat.st_ino)).isEqualTo(statx.getLong(Stat.Statx.stx_ino));
      assertThat(statx.getInt(Stat.Statx.stx_mask) & Stat.STATX_MNT_ID).isNotZero();
      assertThat(Fcntl.getFl(fd) & Fcntl.O_ACCMODE).isEqualTo(Fcntl.O_RDWR);
    }
    Unistd.close(fd);
    assertThat(Stat.makedev(0xabc, 0xfedcb)).isEqualTo(0xfedabccbL);
    assertThat(Stat.major(0xfedabccbL)).isEqualTo(0xabc);
    assertThat(Stat.minor(0xfedabccbL)).isEqualTo(0xfedcb);
  }

  @Test
  void namesWhatCannotBeOpened() {
    assertThatThrownBy(() -> Fcntl.open("/nowhere", Fcntl.O_RDONLY, 0))
        .hasMessage("openat(AT_FDCWD, \"/nowhere\", 0x0, 00): ENOENT (No such file or directory)");
    assertThat(Errno.of(2)).isEqualTo(Errno.ENOENT);
    assertThat(Errno.describe(512)).isEqualTo("errno 512");
  }

  @Test
  void keepsNamesThatAreNotUtf8() {
    byte[] name = {'a', (byte) 0xff, (byte) 0xc3, (byte) 0xa4, (byte) 0xc3};
    String text = KernelString.decode(name);
    assertThat(text).isEqualTo("a\udcff\u00e4\udcc3");
    assertThat(KernelString.encode(text)).isEqualTo(name);
    String emoji = "x\ud83d\udc80\u00e4";
    assertThat(KernelString.encode(emoji)).isEqualTo(emoji.getBytes(StandardCharsets.UTF_8));
    assertThat(KernelString.decode(KernelString.encode(emoji))).isEqualTo(emoji);
    assertThatThrownBy(() -> KernelString.encode("a\0b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> KernelString.encode("a\ud800b"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void checksEveryAccess() {
    NativeMemory memory = NativeMemory.allocate(16);
    assertThat(memory.getLong(8)).isZero();
    assertThat(memory.address(16)).isEqualTo(memory.address() + 16);
    assertThatThrownBy(() -> memory.getLong(9)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> memory.slice(8, 9)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> memory.zero(-1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    memory.slice(8, 8).putString(0, "seven77");
    assertThat(memory.getString(8)).isEqualTo("seven77");
    assertThatThrownBy(() -> memory.putString(8, "eight888"))
        .isInstanceOf(IndexOutOfBoundsException.class);
    ByteBuffer view = memory.buffer(8, 8);
    assertThat(view.get(0)).isEqualTo((byte) 's');
    assertThat(NativeMemory.addressOf(view)).isEqualTo(memory.address() + 8);
    memory.close();
    memory.close();
    assertThatThrownBy(() -> memory.getByte(0)).isInstanceOf(IllegalStateException.class);
  }
}
