// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import static dev.torpor.linux.Mman.PAGE_SIZE;

import dev.torpor.file.FilesPlanner;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Mman;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shared anonymous memory of the tree (MAP_SHARED|MAP_ANONYMOUS). The root task makes each area and
 * opens it through /proc/self/map_files, which gives every task a descriptor of the very same
 * memory; all inherit it by fork.
 */
public final class SharedAreas {
  private static final class Area {
    private long lengthBytes;
    private PageImage pages;
    private ServiceFd fd;
  }

  private final Map<Long, Area> areas = new LinkedHashMap<>();
  private final ImageStore directory;
  private Provisions provisions;

  /** Finds the areas of all tasks. */
  SharedAreas(ImageStore directory, Iterable<AddressSpace> spaces, FilesPlanner files)
      throws IOException {
    this.directory = directory;
    for (AddressSpace space : spaces) {
      for (Areas.Area mapping : space.special()) {
        long id = id(mapping);
        if (id != MappingRoom.NOT_SHARED) {
          Area area = areas.computeIfAbsent(id, key -> new Area());
          long end = mapping.like().pgoff() + mapping.end() - mapping.start();
          area.lengthBytes = Math.max(area.lengthBytes, end);
        }
      }
    }
    for (Map.Entry<Long, Area> area : areas.entrySet()) {
      area.getValue().fd = files.reserve();
      if (directory.has(ImageType.SHMEM_PAGEMAP, area.getKey())) {
        area.getValue().pages =
            PageImage.ofShared(directory, area.getKey(), subject(area.getKey()));
      }
    }
  }

  private long id(Areas.Area mapping) {
    return mapping.room().sharedMemory(mapping.like(), directory);
  }

  private static String subject(long id) {
    return "shared memory " + Long.toUnsignedString(id);
  }

  /** The room that the largest memory without a name takes while it is made. */
  public long longestBytes() {
    long longest = 0;
    for (memfd_inode_entry inode :
        directory.entries(ImageType.MEMFD_INODE, memfd_inode_entry.parser())) {
      longest = Math.max(longest, inode.getSize());
    }
    for (Area area : areas.values()) {
      longest = Math.max(longest, area.lengthBytes);
    }
    longest = Math.max(longest, SegmentImages.longestBytes(directory));
    return (longest + PAGE_SIZE - 1) & -PAGE_SIZE;
  }

  /** Makes all areas, in the root task. */
  public void plan(ThreadPlan root, Provisions atHand) {
    provisions = atHand;
    root.at(
        Step.OPEN_SHARED,
        program -> {
          for (Map.Entry<Long, Area> area : areas.entrySet()) {
            make(program, subject(area.getKey()), area.getValue());
          }
        });
  }

  private void make(Program program, String subject, Area area) {
    long place = provisions.place();
    program
        .call("making " + subject, Nr.SYS_mmap)
        .arg(place)
        .arg(area.lengthBytes)
        .arg(Mman.PROT_READ | Mman.PROT_WRITE)
        .arg(Mman.MAP_SHARED | Mman.MAP_ANONYMOUS | Mman.MAP_FIXED_NOREPLACE)
        .arg(-1)
        .arg(0)
        .expect(place);
    if (area.pages != null) {
      area.pages.readAll(program, provisions, place);
    }
    String link =
        "self/map_files/"
            + Long.toHexString(place)
            + "-"
            + Long.toHexString(place + area.lengthBytes);
    Data path = program.string(link);
    Op opened =
        program
            .call("opening " + subject, Nr.SYS_openat)
            .arg(provisions.proc().number())
            .arg(path)
            .arg(Fcntl.O_RDWR | Fcntl.O_CLOEXEC);
    int number = area.fd.number();
    program
        .call("keeping " + subject, Nr.SYS_dup3)
        .arg(opened)
        .arg(number)
        .arg(Fcntl.O_CLOEXEC)
        .expect(number);
    program.call("closing " + subject, Nr.SYS_close).arg(opened);
    program.call("unmapping " + subject, Nr.SYS_munmap).arg(place).arg(area.lengthBytes);
  }

  /** An address with room for any segment of System V shared memory. */
  long attachPlace() {
    return provisions.place();
  }

  /** Where all tasks have the memory of a mapping open, until everything is mapped. */
  int descriptor(Areas.Area mapping) {
    return areas.get(id(mapping)).fd.number();
  }
}
