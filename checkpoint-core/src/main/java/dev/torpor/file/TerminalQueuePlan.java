// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.termios_entry;
import dev.torpor.image.proto.tty_data_entry;
import dev.torpor.image.proto.tty_info_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Ioctl;
import dev.torpor.linux.Nr;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Plans that what waited on both sides of a terminal waits there again, and that its other side is
 * closed. Each byte is put in by TIOCSTI, which the line discipline takes at once; while it does
 * so, settings leave all bytes as they are.
 */
final class TerminalQueuePlan {
  private static final int ROW_BYTES = Program.ROW_WORDS * Long.BYTES;

  private final OpenPlan plan;
  private final file_entry master;
  private final tty_info_entry info;
  private final tty_data_entry output;
  private final tty_data_entry input;

  /** Which bytes of the input end a line. */
  private final Set<Integer> lineEnds;

  /** What they are, but for the usual one: VEOL and VEOL2 had them. */
  private final List<Byte> otherEnds;

  /** Two bytes that end no line. */
  private final byte literally;

  private final byte endOfFile;

  TerminalQueuePlan(OpenPlan plan, file_entry master) {
    this.plan = plan;
    this.master = master;
    this.info = Terminals.info(plan.images(), master);
    this.output = find(info.getId());
    this.input = find(Terminals.slaveId(info.getId() >> 1));
    this.lineEnds = lineEnds(input);
    this.otherEnds = otherEnds();
    this.literally = unused((byte) 1);
    this.endOfFile = unused((byte) (literally + 1));
  }

  private tty_data_entry find(int id) {
    for (tty_data_entry data : plan.images().entries(ImageType.TTY_DATA, tty_data_entry.parser())) {
      if (data.getTtyId() == id) {
        return data;
      }
    }
    return tty_data_entry.newBuilder().setTtyId(id).setData(ByteString.EMPTY).build();
  }

  /** Whether the terminal is to have its settings at once: nothing waited in it. */
  boolean isEmpty() {
    return isEmpty(output) && isEmpty(input) && !info.getHungUp();
  }

  private static boolean isEmpty(tty_data_entry data) {
    return data.getData().isEmpty() && data.getEndsOfFileCount() == 0;
  }

  /**
   * Plans it.
   *
   * @param fd of the master
   * @param slave any open file of the other side; null if there is none
   */
  void plan(int fd, file_entry slave) {
    if (slave == null && !isEmpty(input)) {
      throw new UnsupportedException(
          plan.purpose(master),
          "data waits in the terminal, whose other side no task has open; not carried, let the"
              + " program close it before the dump");
    }
    setTermios(fd);
    int taken = Math.min(output.getData().size(), TerminalQueue.MOST_TAKEN_IN);
    Op peer = openPeer(fd);
    put(fd, output.getData().substring(0, taken).toByteArray());
    writeRest(peer, taken);
    if (slave != null) {
      put(plan.number(slave), isLines() ? typed() : input.getData().toByteArray());
    }
    plan.call(master, "close", Nr.SYS_close).arg(peer);
  }

  private Op openPeer(int fd) {
    return plan.call(master, "ioctl TIOCGPTPEER", Nr.SYS_ioctl)
        .arg(fd)
        .arg(Ioctl.TIOCGPTPEER)
        .arg(Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_NONBLOCK);
  }

  /** The kernel keeps it until the master has room for it. */
  private void writeRest(Op peer, int start) {
    int length = output.getData().size() - start;
    if (length > 0) {
      plan.call(master, "write what waits to be read", Nr.SYS_write)
          .arg(peer)
          .arg(plan.program().bytes(output.getData().substring(start).toByteArray()))
          .arg(length)
          .expect(length);
    }
  }

  private void put(int fd, byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    Data content = plan.program().bytes(bytes);
    Data rows = plan.program().reserve(bytes.length * ROW_BYTES);
    for (int i = 0; i < bytes.length; i++) {
      rows.putLong(i * ROW_BYTES, fd)
          .putLong(i * ROW_BYTES + Long.BYTES, Ioctl.TIOCSTI)
          .putPointer(i * ROW_BYTES + 2 * Long.BYTES, content.from(i));
    }
    String purpose = plan.purpose(master) + ": ioctl TIOCSTI of what waits to be read";
    plan.program().each(purpose, "", Nr.SYS_ioctl, rows);
  }

  private boolean isLines() {
    return (info.getTermios().getCLflag() & Ioctl.ICANON) != 0;
  }

  /** Images of CRIU have whole lines. */
  private static Set<Integer> lineEnds(tty_data_entry input) {
    Set<Integer> ends = new HashSet<>(input.getLineEndsList());
    if (ends.isEmpty() && input.getEndsOfFileCount() == 0) {
      for (int i = 0; i < input.getData().size(); i++) {
        if (input.getData().byteAt(i) == '\n') {
          ends.add(i);
        }
      }
    }
    return ends;
  }

  private List<Byte> otherEnds() {
    List<Byte> others = new ArrayList<>();
    for (int at : lineEnds) {
      byte one = input.getData().byteAt(at);
      if (one != '\n' && !others.contains(one)) {
        others.add(one);
      }
    }
    if (others.size() > 2) {
      throw new UnsupportedException(
          plan.purpose(master), "lines that wait in the terminal end with many different bytes");
    }
    return others;
  }

  private byte unused(byte from) {
    byte one = from;
    while (one == '\n' || otherEnds.contains(one)) {
      one++;
    }
    return one;
  }

  /** What is typed for it: each byte literally, unless it ends a line. */
  private byte[] typed() {
    ByteArrayOutputStream typed = new ByteArrayOutputStream();
    for (int at = 0; at <= input.getData().size(); at++) {
      for (int end : input.getEndsOfFileList()) {
        if (end == at) {
          typed.write(endOfFile);
        }
      }
      if (at < input.getData().size()) {
        if (!lineEnds.contains(at)) {
          typed.write(literally);
        }
        typed.write(input.getData().byteAt(at));
      }
    }
    return typed.toByteArray();
  }

  /** Lines stay lines, for a change of that would end them. */
  private void setTermios(int fd) {
    byte[] characters = new byte[Ioctl.NCCS + 1];
    characters[Ioctl.VLNEXT] = literally;
    characters[Ioctl.VEOF] = endOfFile;
    characters[Ioctl.VEOL] = otherEnds.isEmpty() ? 0 : otherEnds.get(0);
    characters[Ioctl.VEOL2] = otherEnds.size() < 2 ? 0 : otherEnds.get(1);
    termios_entry.Builder settings =
        info.getTermios().toBuilder()
            .setCIflag(0)
            .setCOflag(0)
            .setCLflag(isLines() ? Ioctl.ICANON | Ioctl.IEXTEN : 0)
            .clearCCc();
    for (int at = 0; at < characters.length; at += Integer.BYTES) {
      int word = 0;
      for (int i = 3; i >= 0; i--) {
        word = (word << Byte.SIZE) | (characters[at + i] & 0xff);
      }
      settings.addCCc(word);
    }
    plan.call(master, "ioctl TCSETS", Nr.SYS_ioctl)
        .arg(fd)
        .arg(Ioctl.TCSETS)
        .arg(TermiosEntry.data(plan.program(), settings.build()));
  }
}
