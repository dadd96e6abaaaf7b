// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.json.FieldText;
import dev.torpor.image.proto.eventpoll_file_entry;
import dev.torpor.image.proto.eventpoll_tfd_entry;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.inotify_file_entry;
import dev.torpor.image.proto.inotify_wd_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.image.proto.tty_info_entry;
import dev.torpor.runtime.crit.Checkpoint;
import java.util.ArrayList;
import java.util.List;

/** What a descriptor leads to, and what is special about it. */
final class DescriptorText {
  private final ImageStore images;
  private final Checkpoint checkpoint;

  DescriptorText(ImageStore images, Checkpoint checkpoint) {
    this.images = images;
    this.checkpoint = checkpoint;
  }

  Report.Descriptor read(fdinfo_entry fd) {
    file_entry file = checkpoint.file(fd.getId());
    String what =
        file == null ? checkpoint.describe(fd.getType(), fd.getId()) : what(file, fd.getId());
    String detail = file == null ? "" : detail(file);
    String closes = (fd.getFlags() & 1) == 0 ? "" : "close-on-exec";
    return new Report.Descriptor(
        Checkpoint.number(fd.getFd()),
        fd.getType().name(),
        what,
        detail.isEmpty() || closes.isEmpty() ? detail + closes : detail + ", " + closes);
  }

  private String what(file_entry file, int id) {
    return switch (file.getType()) {
      case INETSK -> InetText.connection(file.getIsk());
      case FIFO -> checkpoint.path(file.getFifo().hasRegfId() ? file.getFifo().getRegfId() : id);
      case MEMFD -> "memfd:" + memfd(file.getMemfd().getInodeId());
      case TTY -> terminal(file.getTty().getTtyInfoId());
      case NETLINKSK -> "netlink protocol " + file.getNlsk().getProtocol();
      case PACKETSK -> "packet socket of " + FieldText.of(file.getPsk(), "type");
      default -> checkpoint.describe(file.getType(), id);
    };
  }

  private String memfd(int inode) {
    for (memfd_inode_entry each :
        images.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser())) {
      if (each.getInodeId() == Checkpoint.number(inode)) {
        return each.getName() + " (" + Shown.size(each.getSize()) + ')';
      }
    }
    return "?";
  }

  private String terminal(int id) {
    for (tty_info_entry each : images.entries(ImageType.TTY_INFO, tty_info_entry.parser())) {
      if (each.getId() == id) {
        String pty = each.hasPty() ? " " + each.getPty().getIndex() : "";
        return "terminal " + each.getType() + pty;
      }
    }
    return "terminal";
  }

  private String detail(file_entry file) {
    return switch (file.getType()) {
      case REG -> regular(file.getReg());
      case PIPE -> PipeText.isWriter(file.getPipe().getFlags()) ? "write end" : "read end";
      case EVENTFD -> "counter " + Long.toUnsignedString(file.getEfd().getCounter());
      case EVENTPOLL -> "watches descriptors " + watched(file.getEpfd());
      case INOTIFY -> "watches " + watched(file.getIfy());
      case SIGNALFD -> "takes " + String.join(" ", Names.signals(file.getSgfd().getSigmask()));
      case TIMERFD -> timer(file);
      case UNIXSK ->
          FieldText.of(file.getUsk(), "type") + ' ' + FieldText.of(file.getUsk(), "state");
      default -> "";
    };
  }

  private static String regular(reg_file_entry file) {
    String flags = FieldText.of(file, "flags");
    return file.getPos() == 0 ? flags : flags + ", at " + file.getPos();
  }

  private static String timer(file_entry file) {
    double left = file.getTfd().getVsec() + file.getTfd().getVnsec() / 1e9;
    return left == 0 ? "not set" : String.format("expires in %.3f s", left);
  }

  private static String watched(eventpoll_file_entry epoll) {
    List<String> numbers = new ArrayList<>();
    for (eventpoll_tfd_entry watched : epoll.getTfdList()) {
      numbers.add(Integer.toUnsignedString(watched.getTfd()));
    }
    return String.join(" ", numbers);
  }

  private static String watched(inotify_file_entry inotify) {
    List<String> names = new ArrayList<>();
    for (inotify_wd_entry watch : inotify.getWdList()) {
      String path = watch.getFHandle().getPath();
      names.add(path.isEmpty() ? "inode " + Long.toUnsignedString(watch.getIIno()) : path);
    }
    return String.join(" ", names);
  }
}
