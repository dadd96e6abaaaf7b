// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.torpor.linux.Pagemap.PageRegion;
import dev.torpor.linux.Pagemap.PmScanArg;
import dev.torpor.linux.SockDiag.UnixDiagMsg;
import dev.torpor.linux.SockDiag.UnixDiagReq;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The calls about single kinds of kernel objects, each once against the kernel. */
class KernelObjectTest {
  private final int own = Unistd.getpid();

  @Test
  void readsLimitsAndScheduling() {
    long[] files = Resource.getLimit(own, Resource.RLIMIT_NOFILE);
    assertThat(files[0]).isPositive();
    Resource.setLimit(own, Resource.RLIMIT_NOFILE, files[0], files[1]);
    int tid = Unistd.gettid();
    assertThat(Resource.getPriority(Resource.PRIO_PROCESS, tid)).isBetween(-20, 19);
    assertThat(Resource.getIoPriority(Resource.IOPRIO_WHO_PROCESS, tid)).isNotNegative();
    assertThat(Sched.getScheduler(tid)).isEqualTo(Sched.SCHED_NORMAL);
    assertThat(Sched.getPriority(tid)).isZero();
    try (NativeMemory attr = NativeMemory.allocate(Sched.SchedAttr.SIZEOF)) {
      Sched.getAttr(tid, attr);
      assertThat(attr.getInt(Sched.SchedAttr.size)).isEqualTo(Sched.SCHED_ATTR_SIZE_VER1);
      Sched.setAttr(tid, attr);
    }
    assertThat(Futex.getRobustList(tid)[1]).isEqualTo(Futex.RobustListHead.SIZEOF);
    long[] capabilities = Capability.get(own);
    assertThat(capabilities[0] & ~capabilities[1]).isZero();
  }

  @Test
  void becomesSubreaper() {
    boolean before = Prctl.isChildSubreaper();
    Prctl.setChildSubreaper(true);
    assertThat(Prctl.isChildSubreaper()).isTrue();
    Prctl.setChildSubreaper(before);
    assertThat(Prctl.isChildSubreaper()).isEqualTo(before);
    assertThatThrownBy(() -> Prctl.prctl(-1, "-1", 0, 0, 0, 0)).hasMessageContaining("EINVAL");
  }

  @Test
  void futexWaitsAndTimesOut() {
    try (NativeMemory word = NativeMemory.allocate(4)) {
      assertThat(Futex.await(word.address(), 1, 1000)).isFalse();
      long before = Time.nanos(Time.CLOCK_MONOTONIC);
      assertThat(Futex.await(word.address(), 0, 20)).isFalse();
      assertThat(Time.nanos(Time.CLOCK_MONOTONIC) - before).isGreaterThanOrEqualTo(20_000_000);
      assertThat(Futex.wake(word.address(), 1)).isZero();
    }
  }

  @Test
  void scansPages() {
    long page = 4096;
    int prot = Mman.PROT_READ | Mman.PROT_WRITE;
    int flags = Mman.MAP_PRIVATE | Mman.MAP_ANONYMOUS;
    long address = Mman.mmap(0, 16 * page, prot, flags, -1, 0);
    Mman.madvise(address, 16 * page, Mman.MADV_NOHUGEPAGE);
    int fd = Fcntl.open("/proc/self/pagemap", Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    try (NativeMemory map = NativeMemory.ofAddress(address, (int) (16 * page));
        NativeMemory arg = NativeMemory.allocate(PmScanArg.SIZEOF);
        NativeMemory regions = NativeMemory.allocate(8 * PageRegion.SIZEOF)) {
      map.putByte((int) (3 * page), 1).putByte((int) (4 * page), 1).putByte((int) (9 * page), 1);
      arg.putLong(PmScanArg.size, PmScanArg.SIZEOF);
      arg.putLong(PmScanArg.start, address).putLong(PmScanArg.end, address + 16 * page);
      arg.putLong(PmScanArg.vec, regions.address()).putLong(PmScanArg.vec_len, 8);
      arg.putLong(PmScanArg.category_mask, Pagemap.PAGE_IS_PRESENT);
      arg.putLong(PmScanArg.return_mask, Pagemap.PAGE_IS_PRESENT);
      assertThat(Pagemap.scan(fd, arg)).isEqualTo(2);
      assertThat(regions.getLong(PageRegion.start)).isEqualTo(address + 3 * page);
      assertThat(regions.getLong(PageRegion.end)).isEqualTo(address + 5 * page);
      assertThat(regions.getLong(PageRegion.SIZEOF + PageRegion.start))
          .isEqualTo(address + 9 * page);
      assertThat(arg.getLong(PmScanArg.walk_end)).isEqualTo(address + 16 * page);
    }
    Unistd.close(fd);
    Mman.munmap(address, 16 * page);
  }

  @Test
  void opensTerminals() {
    int master = Fcntl.open("/dev/ptmx", Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC, 0);
    assertThat(Ioctl.getInt(master, Ioctl.TIOCGPTN, "TIOCGPTN")).isNotNegative();
    Ioctl.setInt(master, Ioctl.TIOCSPTLCK, "TIOCSPTLCK", 0);
    int slave =
        Ioctl.ioctl(master, Ioctl.TIOCGPTPEER, "TIOCGPTPEER", Fcntl.O_RDWR | Fcntl.O_NOCTTY);
    try (NativeMemory size = NativeMemory.allocate(Ioctl.Winsize.SIZEOF);
        NativeMemory termios = NativeMemory.allocate(Ioctl.Termios.SIZEOF)) {
      size.putShort(Ioctl.Winsize.ws_row, 25).putShort(Ioctl.Winsize.ws_col, 80);
      Ioctl.ioctl(master, Ioctl.TIOCSWINSZ, "TIOCSWINSZ", size);
      Ioctl.ioctl(slave, Ioctl.TIOCGWINSZ, "TIOCGWINSZ", size.zero());
      assertThat(size.getShort(Ioctl.Winsize.ws_col)).isEqualTo((short) 80);
      Ioctl.ioctl(slave, Ioctl.TCGETS, "TCGETS", termios);
      assertThat(termios.getInt(Ioctl.Termios.c_lflag) & Ioctl.ICANON).isNotZero();
      assertThat(termios.getByte(Ioctl.Termios.c_cc + Ioctl.VEOF)).isEqualTo((byte) 4);
    }
    Unistd.close(slave);
    Unistd.close(master);
  }

  @Test
  void movesDataBetweenPipes() {
    int[] one = Unistd.pipe2(Fcntl.O_CLOEXEC);
    int[] two = Unistd.pipe2(Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK);
    try (NativeMemory data = NativeMemory.of(new byte[] {1, 2, 3})) {
      assertThat(Poll.poll(one[0], Poll.POLLIN, 0)).isZero();
      Unistd.writeAll(one[1], data);
      assertThat(Poll.poll(one[0], Poll.POLLIN, 0)).isEqualTo(Poll.POLLIN);
      assertThat(Pipe.tee(one[0], two[1], 100, 0)).isEqualTo(3);
      assertThat(Ioctl.getInt(one[0], Ioctl.FIONREAD, "FIONREAD")).isEqualTo(3);
      assertThat(Pipe.splice(one[0], two[1], 2, 0)).isEqualTo(2);
      assertThat(Ioctl.getInt(two[0], Ioctl.FIONREAD, "FIONREAD")).isEqualTo(5);
      assertThat(Unistd.read(two[0], data.zero())).isEqualTo(3);
      assertThat(data.getBytes(0, 3)).containsExactly(1, 2, 3);
    }
    for (int fd : List.of(one[0], one[1], two[0], two[1])) {
      Unistd.close(fd);
    }
    int event = Pipe.eventfd(3, Pipe.EFD_SEMAPHORE);
    Unistd.close(event);
  }

  @Test
  void changesDirectories(@TempDir Path directory) {
    int dir = Fcntl.open(directory.toString(), Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
    Unistd.mkdirat(dir, "d", 0700);
    Unistd.mknodat(dir, "fifo", Stat.S_IFIFO | 0600, 0);
    Unistd.symlinkat("fifo", dir, "link");
    assertThat(Unistd.readlinkat(dir, "link")).isEqualTo("fifo");
    Unistd.linkat(dir, "fifo", dir, "hard", 0);
    Unistd.utimensat(dir, "hard", new long[] {1, 2, 3, 4}, 0);
    Unistd.renameat2(dir, "hard", dir, "moved", Unistd.RENAME_NOREPLACE);
    try (NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF);
        NativeMemory entries = NativeMemory.allocate(4096);
        NativeMemory statfs = NativeMemory.allocate(Stat.Statfs.SIZEOF)) {
      Stat.fstatat(dir, "moved", stat, Fcntl.AT_SYMLINK_NOFOLLOW);
      assertThat(stat.getLong(Stat.StructStat.st_nlink)).isEqualTo(2);
      assertThat(stat.getLong(Stat.StructStat.st_mtime)).isEqualTo(3);
      assertThat(stat.getLong(Stat.StructStat.st_mtime_nsec)).isEqualTo(4);
      assertThat(Unistd.getdents64(dir, entries)).isPositive();
      assertThat(entries.getString(Stat.LinuxDirent64.d_name)).isNotEmpty();
      Stat.fstatfs(dir, statfs);
      assertThat(statfs.getLong(Stat.Statfs.f_namelen)).isEqualTo(255);
    }
    int target = Fcntl.openat2(dir, "d", Fcntl.O_PATH, 0, Fcntl.RESOLVE_NO_SYMLINKS);
    assertThatThrownBy(() -> Fcntl.openat2(dir, "link", 0, 0, Fcntl.RESOLVE_NO_SYMLINKS))
        .hasMessageContaining("ELOOP");
    Unistd.close(target);
    for (String name : List.of("fifo", "link", "moved")) {
      Unistd.unlinkat(dir, name, 0);
    }
    Unistd.unlinkat(dir, "d", Fcntl.AT_REMOVEDIR);
    Unistd.close(dir);
  }

  @Test
  void findsASocketByItsInode() {
    int[] pair = Socket.socketpair(Socket.AF_UNIX, Socket.SOCK_STREAM | Socket.SOCK_CLOEXEC, 0);
    byte[] request = new byte[UnixDiagReq.SIZEOF];
    ByteBuffer out = ByteBuffer.wrap(request).order(ByteOrder.nativeOrder());
    out.put(UnixDiagReq.sdiag_family, (byte) Socket.AF_UNIX).putInt(UnixDiagReq.udiag_states, -1);
    out.putInt(UnixDiagReq.udiag_show, SockDiag.UDIAG_SHOW_PEER);
    try (NetlinkSocket netlink = NetlinkSocket.open(Netlink.NETLINK_SOCK_DIAG);
        NativeMemory stat = NativeMemory.allocate(Stat.StructStat.SIZEOF)) {
      Stat.fstat(pair[0], stat);
      int inode = (int) stat.getLong(Stat.StructStat.st_ino);
      int type = SockDiag.SOCK_DIAG_BY_FAMILY;
      boolean found = false;
      for (byte[] answer : netlink.dump("unix sockets", type, request)) {
        ByteBuffer in = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
        found |= in.getInt(UnixDiagMsg.udiag_ino) == inode;
      }
      assertThat(found).isTrue();
      out.put(UnixDiagReq.sdiag_family, (byte) 99);
      assertThatThrownBy(() -> netlink.request("family 99", type, 0, request))
          .hasMessageStartingWith("netlink(family 99): E");
    }
    Unistd.close(pair[0]);
    Unistd.close(pair[1]);
  }

  @Test
  void mountsInANamespaceOfItsOwn(@TempDir Path directory) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread = new Thread(() -> mountAndBringLoopbackUp(directory.toString()));
    thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
    thread.start();
    thread.join();
    assertThat(failure.get()).isNull();
  }

  private static void mountAndBringLoopbackUp(String directory) {
    Sched.unshare(Sched.CLONE_NEWNS | Sched.CLONE_NEWNET | Sched.CLONE_FS);
    Mount.mount(null, "/", null, Mount.MS_REC | Mount.MS_PRIVATE, null);
    Mount.mount("none", directory, "tmpfs", 0, "size=1m");
    try (NativeMemory statfs = NativeMemory.allocate(Stat.Statfs.SIZEOF)) {
      Stat.statfs(directory, statfs);
      assertThat(statfs.getLong(Stat.Statfs.f_type)).isEqualTo(Magic.TMPFS_MAGIC);
    }
    int tree = Mount.openTree(Fcntl.AT_FDCWD, directory, Mount.OPEN_TREE_CLONE);
    Unistd.mkdirat(tree, "inside", 0700);
    Mount.moveMount(tree, "", Fcntl.AT_FDCWD, directory + "/inside", Mount.MOVE_MOUNT_F_EMPTY_PATH);
    Mount.umount2(directory, Mount.MNT_DETACH);
    Unistd.close(tree);
    int fs = Mount.fsopen("tmpfs", Mount.FSOPEN_CLOEXEC);
    Mount.fsconfig(fs, Mount.FSCONFIG_SET_STRING, "size", "1m", 0);
    Mount.fsconfig(fs, Mount.FSCONFIG_CMD_CREATE, null, null, 0);
    int mount = Mount.fsmount(fs, Mount.FSMOUNT_CLOEXEC, Mount.MOUNT_ATTR_NOEXEC);
    try (NativeMemory attr = NativeMemory.allocate(Mount.MountAttr.SIZEOF)) {
      attr.putLong(Mount.MountAttr.attr_set, Mount.MOUNT_ATTR_RDONLY);
      Mount.mountSetattr(mount, "", Fcntl.AT_EMPTY_PATH, attr);
    }
    assertThatThrownBy(() -> Unistd.mkdirat(mount, "x", 0700)).hasMessageContaining("EROFS");
    Unistd.close(mount);
    Unistd.close(fs);
    bringLoopbackUp();
  }

  private static void bringLoopbackUp() {
    byte[] link = new byte[Netlink.Ifinfomsg.SIZEOF];
    ByteBuffer out = ByteBuffer.wrap(link).order(ByteOrder.nativeOrder());
    out.putInt(Netlink.Ifinfomsg.ifi_index, 1);
    out.putInt(Netlink.Ifinfomsg.ifi_flags, Netlink.IFF_UP);
    out.putInt(Netlink.Ifinfomsg.ifi_change, Netlink.IFF_UP);
    try (NetlinkSocket route = NetlinkSocket.open(Netlink.NETLINK_ROUTE)) {
      route.request("RTM_NEWLINK lo up", Netlink.RTM_NEWLINK, 0, link);
      byte[] lo = route.dump("RTM_GETLINK", Netlink.RTM_GETLINK, new byte[link.length]).get(0);
      int flags =
          ByteBuffer.wrap(lo).order(ByteOrder.nativeOrder()).getInt(Netlink.Ifinfomsg.ifi_flags);
      assertThat(flags & Netlink.IFF_UP).isEqualTo(Netlink.IFF_UP);
    }
  }

  @Test
  void asksNamespaces() {
    int net = Fcntl.open("/proc/self/ns/net", Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0);
    assertThat(Nsfs.getType(net)).isEqualTo((int) Sched.CLONE_NEWNET);
    int user = Nsfs.getUserns(net);
    assertThat(Nsfs.getType(user)).isEqualTo((int) Sched.CLONE_NEWUSER);
    assertThat(Nsfs.getOwnerUid(user)).isZero();
    Unistd.close(user);
    Unistd.close(net);
  }

  @Test
  void findsFilesByHandle(@TempDir Path directory) {
    try (NativeMemory handle = NativeMemory.allocate(Pipe.FileHandle.SIZEOF + Pipe.MAX_HANDLE_SZ)) {
      handle.putInt(Pipe.FileHandle.handle_bytes, Pipe.MAX_HANDLE_SZ);
      int at = Fcntl.AT_FDCWD;
      assertThat(Pipe.nameToHandleAt(at, directory.toString(), handle, 0)).isPositive();
      assertThat(handle.getInt(Pipe.FileHandle.handle_bytes)).isPositive();
      int mount = Fcntl.open(directory.toString(), Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC, 0);
      int fd = Pipe.openByHandleAt(mount, handle, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
      assertThat(Kcmp.file(own, fd, own, mount)).isNotEqualTo(Kcmp.EQUAL);
      assertThat(Unistd.readlinkat(at, "/proc/self/fd/" + fd)).isEqualTo(directory.toString());
      Unistd.close(fd);
      Unistd.close(mount);
    }
  }
}
