// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Time;
import dev.torpor.proc.KernelMemory;
import dev.torpor.proc.KernelTypes;

/**
 * What the kernel knows of an io_uring and tells nobody: struct io_ring_ctx, since Linux 5.1. The
 * flags it was made with, what is registered, and whether anything is under way.
 */
final class RingContext implements AutoCloseable {
  private static final String RING = "io_ring_ctx";

  /** A list that is longer is none. */
  private static final int LONGEST_LIST = 1 << 20;

  private static final int REGISTERED_RINGS = 16;

  private final String subject;
  private final KernelFile file;
  private final KernelTypes types;
  private final KernelMemory memory;
  private final long ring;

  private RingContext(Descriptor descriptor, KernelFile file) {
    this.subject = descriptor.subject();
    this.file = file;
    this.types = file.types();
    this.memory = file.memory();
    ring = file.privateData();
    String told = descriptor.fdinfo().told(subject, "SqMask");
    if (!told.equals("0x" + Long.toHexString(number("sq_entries") - 1))) {
      throw unknownKernel();
    }
  }

  /**
   * Looks at the ring behind a borrowed descriptor.
   *
   * @throws UnsupportedException if the kernel does not let us
   */
  static RingContext of(Descriptor descriptor) {
    KernelFile file =
        KernelFile.of(
            descriptor.subject(),
            descriptor.borrowed(),
            "whether an io_uring is idle",
            IoUringFile.WAY_OUT);
    try {
      return new RingContext(descriptor, file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** A number of 32 bits in the ring itself. */
  long number(String member) {
    return memory.readInt(at(member));
  }

  private long at(String member) {
    return ring + types.offset(RING, member);
  }

  /** How many bytes of memory a part of it has. */
  long bytes(String region) {
    int pages = types.offset("io_mapped_region", "nr_pages");
    return memory.readInt(at(region) + pages) * Mman.PAGE_SIZE;
  }

  /** The first thing about the ring that is not carried; null if there is none. */
  String foreign() {
    if (memory.readInt(at("file_table") + nested("io_file_table", "data", "nr")) != 0) {
      return "registered files";
    }
    if (memory.number(at("buf_table"), "io_rsrc_data", "nr") != 0) {
      return "registered buffers";
    }
    if (memory.readLong(at("io_ev_fd")) != 0) {
      return "a registered eventfd";
    }
    if (has("personalities")) {
      return "registered credentials (personalities)";
    }
    if (has("io_bl_xa")) {
      return "rings of provided buffers";
    }
    if (has("zcrx_ctxs")) {
      return "a queue of a network device";
    }
    int restricted = types.offset("io_restriction", "registered");
    if ((memory.readInt(at("restrictions") + restricted) & 0xff) != 0) {
      return "restrictions";
    }
    if (bytes("param_region") != 0) {
      return "a registered region of memory";
    }
    if (number("clockid") != Time.CLOCK_MONOTONIC) {
      return "another clock";
    }
    if (memory.readLong(at("iowq_limits")) != 0) {
      return "limits of its workers";
    }
    if (!isEmpty("napi_list")) {
      return "network devices that it polls (NAPI)";
    }
    return hasRegisteredRings() ? "a registered descriptor of itself" : null;
  }

  private int nested(String struct, String member, String inner) {
    return types.offset(struct, member) + types.offset("io_rsrc_data", inner);
  }

  private boolean has(String xarray) {
    return memory.pointer(at(xarray), "xarray", "xa_head") != 0;
  }

  private boolean isEmpty(String list) {
    return memory.readLong(at(list)) == at(list);
  }

  /** IORING_REGISTER_RING_FDS, which each thread has for itself. */
  private boolean hasRegisteredRings() {
    long head = at("tctx_list");
    int link = types.offset("io_tctx_node", "ctx_node");
    long node = memory.readLong(head);
    for (int i = 0; node != head; i++, node = memory.readLong(node)) {
      requireShort(i);
      long task = memory.pointer(node - link, "io_tctx_node", "task");
      long state = memory.pointer(task, "task_struct", "io_uring");
      long rings = state + types.offset("io_uring_task", "registered_rings");
      for (int slot = 0; state != 0 && slot < REGISTERED_RINGS; slot++) {
        if (memory.readLong(rings + (long) slot * Long.BYTES) == file.address()) {
          return true;
        }
      }
    }
    return false;
  }

  /** How many operations are under way, be it only that nobody has been told of their end. */
  long inFlight() {
    long allocated = number("nr_req_allocated");
    long free = memory.pointer(at("submit_state"), "io_submit_state", "free_list");
    for (int i = 0; free != 0; i++, free = memory.readLong(free)) {
      requireShort(i);
      allocated--;
    }
    return allocated + (isEmpty("cq_overflow_list") ? 0 : 1);
  }

  private void requireShort(int length) {
    if (length > LONGEST_LIST) {
      throw unknownKernel();
    }
  }

  private UnsupportedException unknownKernel() {
    return new UnsupportedException(
        subject, "this kernel's struct io_ring_ctx is another than the one that is known");
  }

  @Override
  public void close() {
    file.close();
  }
}
