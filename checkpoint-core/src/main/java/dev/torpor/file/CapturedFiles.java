// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.tty_data_entry;
import dev.torpor.image.proto.tty_info_entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that the images say of the files of a tree. A dump fills it, a restore reads it.
 *
 * <p>The lists are those of files.img, pipes-data.img, fifo-data.img, sk-queues.img, tty-info.img,
 * tty-data.img; {@link #descriptors} has fdinfo-ID.img by its ID.
 */
public final class CapturedFiles {
  private final List<file_entry> files = new ArrayList<>();
  private final Map<Integer, List<fdinfo_entry>> descriptors = new TreeMap<>();
  private final List<WithPayload<pipe_data_entry>> pipeData = new ArrayList<>();
  private final List<WithPayload<pipe_data_entry>> fifoData = new ArrayList<>();
  private final List<WithPayload<sk_packet_entry>> packets = new ArrayList<>();
  private final List<memfd_inode_entry> memfds = new ArrayList<>();
  private final List<tty_info_entry> ttys = new ArrayList<>();
  private final List<tty_data_entry> ttyData = new ArrayList<>();

  /** files.img. */
  public List<file_entry> files() {
    return files;
  }

  /** fdinfo-ID.img by ID, which ids-PID.img names {@code files_id}. */
  public Map<Integer, List<fdinfo_entry>> descriptors() {
    return descriptors;
  }

  /** pipes-data.img. */
  public List<WithPayload<pipe_data_entry>> pipeData() {
    return pipeData;
  }

  /** fifo-data.img. */
  public List<WithPayload<pipe_data_entry>> fifoData() {
    return fifoData;
  }

  /** sk-queues.img. */
  public List<WithPayload<sk_packet_entry>> packets() {
    return packets;
  }

  /** memfd.img. */
  public List<memfd_inode_entry> memfds() {
    return memfds;
  }

  /** tty-info.img. */
  public List<tty_info_entry> ttys() {
    return ttys;
  }

  /** tty-data.img. */
  public List<tty_data_entry> ttyData() {
    return ttyData;
  }
}
