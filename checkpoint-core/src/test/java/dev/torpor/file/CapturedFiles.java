// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.WithPayload;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.tty_info_entry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What images say of the files of a tree, by kind. */
record CapturedFiles(ImageStore images) {
  List<file_entry> files() {
    return images.entries(ImageType.FILES, file_entry.parser());
  }

  Map<Integer, List<fdinfo_entry>> descriptors() {
    Map<Integer, List<fdinfo_entry>> tables = new TreeMap<>();
    for (long id : images.ids(ImageType.FDINFO)) {
      tables.put((int) id, images.entries(ImageType.FDINFO, id, fdinfo_entry.parser()));
    }
    return tables;
  }

  List<WithPayload<pipe_data_entry>> pipeData() {
    return images.withPayload(
        ImageType.PIPES_DATA, pipe_data_entry.parser(), pipe_data_entry::getBytes);
  }

  List<WithPayload<pipe_data_entry>> fifoData() {
    return images.withPayload(
        ImageType.FIFO_DATA, pipe_data_entry.parser(), pipe_data_entry::getBytes);
  }

  List<WithPayload<sk_packet_entry>> packets() {
    return images.withPayload(
        ImageType.SK_QUEUES, sk_packet_entry.parser(), sk_packet_entry::getLength);
  }

  List<memfd_inode_entry> memfds() {
    return images.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser());
  }

  List<tty_info_entry> ttys() {
    return images.entries(ImageType.TTY_INFO, tty_info_entry.parser());
  }
}
