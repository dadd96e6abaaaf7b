// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** ioctl(2) of terminals, sockets and files in general. */
public final class Ioctl {

  // Terminals, include/uapi/asm-generic/ioctls.h; TIOCGPTPEER since Linux 4.13.
  public static final int TCGETS = 0x5401;
  public static final int TCSETS = 0x5402;
  public static final int TCSETSW = 0x5403;
  public static final int TCSETSF = 0x5404;
  public static final int TCGETA = 0x5405;
  public static final int TCSBRK = 0x5409;
  public static final int TCXONC = 0x540a;
  public static final int TCFLSH = 0x540b;
  public static final long TCGETS2 = 0x802c542aL;
  public static final int TCSETS2 = 0x402c542b;
  public static final int TIOCEXCL = 0x540c;
  public static final int TIOCNXCL = 0x540d;
  public static final long TIOCGEXCL = 0x80045440L;
  public static final int TIOCSCTTY = 0x540e;
  public static final int TIOCNOTTY = 0x5422;
  public static final int TIOCGPGRP = 0x540f;
  public static final int TIOCSPGRP = 0x5410;
  public static final int TIOCOUTQ = 0x5411;
  public static final int TIOCSTI = 0x5412;
  public static final int TIOCGWINSZ = 0x5413;
  public static final int TIOCSWINSZ = 0x5414;
  public static final int TIOCMGET = 0x5415;
  public static final int TIOCMSET = 0x5418;
  public static final int TIOCGSOFTCAR = 0x5419;
  public static final int TIOCINQ = 0x541b;
  public static final int TIOCPKT = 0x5420;
  public static final long TIOCGPKT = 0x80045438L;
  public static final long TIOCGPTLCK = 0x80045439L;
  public static final int TIOCGETD = 0x5424;
  public static final int TIOCSETD = 0x5423;
  public static final int TIOCGSID = 0x5429;
  public static final long TIOCGPTN = 0x80045430L;
  public static final int TIOCSPTLCK = 0x40045431;
  public static final long TIOCGDEV = 0x80045432L;
  public static final int TIOCGPTPEER = 0x5441;
  public static final int TIOCVHANGUP = 0x5437;
  public static final int FIONREAD = 0x541b;
  public static final int FIONBIO = 0x5421;
  public static final int FIOASYNC = 0x5452;
  public static final int FIONCLEX = 0x5450;
  public static final int FIOCLEX = 0x5451;
  public static final int FIOQSIZE = 0x5460;
  public static final int NCCS = 19;
  public static final int TCIFLUSH = 0;
  public static final int TCOFLUSH = 1;
  public static final int TCIOFLUSH = 2;
  public static final int N_TTY = 0;

  // Terminal modes, include/uapi/asm-generic/termbits.h.
  public static final int IGNBRK = 0x1;
  public static final int BRKINT = 0x2;
  public static final int ICRNL = 0x100;
  public static final int IXON = 0x400;
  public static final int OPOST = 0x1;
  public static final int ONLCR = 0x4;
  public static final int CSIZE = 0x30;
  public static final int CS8 = 0x30;
  public static final int CREAD = 0x80;
  public static final int CLOCAL = 0x800;
  public static final int HUPCL = 0x400;
  public static final int CBAUD = 0x100f;
  public static final int B38400 = 0xf;
  public static final int ISIG = 0x1;
  public static final int ICANON = 0x2;
  public static final int ECHO = 0x8;
  public static final int ECHOE = 0x10;
  public static final int ECHOK = 0x20;
  public static final int IEXTEN = 0x8000;
  public static final int EXTPROC = 0x10000;
  public static final int VMIN = 6;
  public static final int VTIME = 5;
  public static final int VEOF = 4;
  public static final int VINTR = 0;
  public static final int VEOL = 11;
  public static final int VLNEXT = 15;
  public static final int VEOL2 = 16;
  public static final int VSUSP = 10;

  // Sockets, include/uapi/linux/sockios.h; the queues of TCP and others, and the file behind a unix
  // socket.
  public static final int SIOCINQ = 0x541b;
  public static final int SIOCOUTQ = 0x5411;
  public static final int SIOCATMARK = 0x8905;
  public static final int SIOCOUTQNSD = 0x894b;
  public static final int SIOCGIFFLAGS = 0x8913;
  public static final int SIOCSIFFLAGS = 0x8914;
  public static final int SIOCGIFMTU = 0x8921;
  public static final int SIOCSIFMTU = 0x8922;
  public static final int SIOCGIFINDEX = 0x8933;
  public static final int SIOCGIFNAME = 0x8910;
  public static final int SIOCGSKNS = 0x894c;
  public static final int SIOCUNIXFILE = 0x89e0;
  public static final int FIOSETOWN = 0x8901;
  public static final int FIOGETOWN = 0x8903;

  // Files, include/uapi/linux/fs.h.
  public static final long FS_IOC_GETFLAGS = 0x80086601L;
  public static final int FS_IOC_SETFLAGS = 0x40086602;
  public static final long FS_IOC_FSGETXATTR = 0x801c581fL;
  public static final int FS_IOC_FSSETXATTR = 0x401c5820;
  public static final long FS_IOC_FIEMAP = 0xc020660bL;
  public static final int FICLONE = 0x40049409;
  public static final int FICLONERANGE = 0x4020940d;
  public static final long BLKGETSIZE64 = 0x80081272L;
  public static final int FIEMAP_FLAG_SYNC = 0x1;
  public static final int FIEMAP_EXTENT_LAST = 0x1;
  public static final int FIEMAP_EXTENT_UNWRITTEN = 0x800;

  // Network taps, include/uapi/linux/if_tun.h.
  public static final int TUNSETIFF = 0x400454ca;
  public static final long TUNGETIFF = 0x800454d2L;
  public static final int TUNSETPERSIST = 0x400454cb;
  public static final int TUNSETOWNER = 0x400454cc;
  public static final int TUNSETGROUP = 0x400454ce;
  public static final long TUNGETFEATURES = 0x800454cfL;
  public static final int TUNSETSNDBUF = 0x400454d4;
  public static final long TUNGETSNDBUF = 0x800454d3L;
  public static final long TUNGETVNETHDRSZ = 0x800454d7L;
  public static final int TUNSETVNETHDRSZ = 0x400454d8;
  public static final int TUNATTACHFILTER = 0x401054d5;
  public static final int TUNSETQUEUE = 0x400454d9;
  public static final int TUNSETIFINDEX = 0x400454da;
  public static final long TUNGETFILTER = 0x801054dbL;
  public static final int TUNGETDEVNETNS = 0x54e3;
  public static final int IFF_TUN = 0x1;
  public static final int IFF_TAP = 0x2;
  public static final int IFF_NO_PI = 0x1000;
  public static final int IFF_VNET_HDR = 0x4000;
  public static final int IFF_MULTI_QUEUE = 0x100;
  public static final int IFF_ATTACH_QUEUE = 0x200;
  public static final int IFF_DETACH_QUEUE = 0x400;
  public static final int IFF_PERSIST = 0x800;
  public static final int IFF_NOFILTER = 0x1000;

  private Ioctl() {}

  /** ioctl(2); {@code name} is the request's C name for the error text. */
  public static int ioctl(int fd, long request, String name, long argument) {
    long result = Syscall.raw(Nr.SYS_ioctl, fd, request, argument);
    if (Syscall.failed(result)) {
      throw ErrnoException.of(result, "ioctl", fd, name, argument);
    }
    return (int) result;
  }

  /** ioctl(2) that fills or reads {@code argument}. */
  public static int ioctl(int fd, long request, String name, NativeMemory argument) {
    return ioctl(fd, request, name, argument.address());
  }

  /** Whether a descriptor is a terminal, as isatty(3) finds out. */
  public static boolean isatty(int fd) {
    try (NativeMemory termios = NativeMemory.allocate(Termios2.SIZEOF)) {
      ioctl(fd, TCGETS, "TCGETS", termios);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  /** ioctl(2) that stores an int. */
  public static int getInt(int fd, long request, String name) {
    NativeMemory word = Scratch.memory().putInt(0, 0);
    ioctl(fd, request, name, word.address());
    return word.getInt(0);
  }

  /** ioctl(2) that takes the address of an int. */
  public static void setInt(int fd, long request, String name, int value) {
    NativeMemory word = Scratch.memory().putInt(0, value);
    ioctl(fd, request, name, word.address());
  }

  /** Offsets within the kernel's {@code struct termios}, which is not glibc's. */
  public static final class Termios {
    public static final int SIZEOF = 36;
    public static final int c_iflag = 0;
    public static final int c_oflag = 4;
    public static final int c_cflag = 8;
    public static final int c_lflag = 12;
    public static final int c_line = 16;
    public static final int c_cc = 17;

    private Termios() {}
  }

  /** Offsets within {@code struct termios2}. */
  public static final class Termios2 {
    public static final int SIZEOF = 44;
    public static final int c_iflag = 0;
    public static final int c_oflag = 4;
    public static final int c_cflag = 8;
    public static final int c_lflag = 12;
    public static final int c_line = 16;
    public static final int c_cc = 17;
    public static final int c_ispeed = 36;
    public static final int c_ospeed = 40;

    private Termios2() {}
  }

  /** Offsets within {@code struct winsize}. */
  public static final class Winsize {
    public static final int SIZEOF = 8;
    public static final int ws_row = 0;
    public static final int ws_col = 2;
    public static final int ws_xpixel = 4;
    public static final int ws_ypixel = 6;

    private Winsize() {}
  }

  /** Offsets within {@code struct fiemap}. */
  public static final class Fiemap {
    public static final int SIZEOF = 32;
    public static final int fm_start = 0;
    public static final int fm_length = 8;
    public static final int fm_flags = 16;
    public static final int fm_mapped_extents = 20;
    public static final int fm_extent_count = 24;
    public static final int fm_extents = 32;

    private Fiemap() {}
  }

  /** Offsets within {@code struct fiemap_extent}. */
  public static final class FiemapExtent {
    public static final int SIZEOF = 56;
    public static final int fe_logical = 0;
    public static final int fe_physical = 8;
    public static final int fe_length = 16;
    public static final int fe_flags = 40;

    private FiemapExtent() {}
  }
}
