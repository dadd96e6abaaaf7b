// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.file.FilesPlanner;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.aio_ring_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.memory.Areas.Area;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;

/**
 * Returns the address spaces of all tasks of a tree. Pagemaps first: large images of address spaces
 * are still being read then.
 */
public final class TreeMemory {
  private record Member(ThreadPlan plan, int parentPid, AddressSpace space) {}

  private final ImageStore directory;
  private final MappingRooms rooms;
  private final MappedPaths paths;
  private final Map<Integer, FutureTask<PageIndex>> pagemaps = new LinkedHashMap<>();
  private final List<Member> members = new ArrayList<>();
  private long pageCount;

  /**
   * Starts with no task.
   *
   * @param rooms know the kinds of mappings
   */
  public TreeMemory(ImageStore directory, MappingRooms rooms) {
    this.directory = directory;
    this.rooms = rooms;
    this.paths = new MappedPaths(directory);
  }

  /**
   * Reads the pagemaps of all tasks.
   *
   * @param second reads some of many
   * @throws dev.torpor.error.UnsupportedException if pages lie in parent images
   */
  public void readPagemaps(Iterable<Integer> pids, SecondThread second) throws IOException {
    for (int pid : pids) {
      pagemaps.put(
          pid,
          new FutureTask<>(() -> PageIndex.read(directory, ImageType.PAGEMAP, pid, "task " + pid)));
    }
    second.finish(List.copyOf(pagemaps.values()));
  }

  /** Adds a task whose pagemap is read; parents come before their children. */
  public void add(ThreadPlan plan, int parentPid) {
    MmImage image = MmImage.read(directory, plan.pid());
    members.add(new Member(plan, parentPid, new AddressSpace(plan.subject(), image, rooms, paths)));
  }

  /**
   * What mm-PID.img says of each task but for its mappings, in the order in which they were added.
   */
  public List<mm_entry> addressSpaces() {
    List<mm_entry> spaces = new ArrayList<>();
    for (Member member : members) {
      spaces.add(member.space.mm());
    }
    return spaces;
  }

  /** Where tasks have mappings, so that the stage can keep clear of them. */
  public List<long[]> ranges() {
    List<long[]> ranges = new ArrayList<>();
    for (Member member : members) {
      long[] last = {0, 0};
      for (Area mapping : member.space.mappings()) {
        if (mapping.start() != last[1]) {
          last = new long[] {mapping.start(), mapping.end()};
          ranges.add(last);
        }
        last[1] = mapping.end();
      }
    }
    return ranges;
  }

  /** The memory that tasks share. */
  public SharedAreas shared(FilesPlanner files) throws IOException {
    List<AddressSpace> spaces = new ArrayList<>();
    for (Member member : members) {
      spaces.add(member.space);
    }
    return new SharedAreas(directory, spaces, files);
  }

  /**
   * Puts the calls into the plans of all tasks.
   *
   * @param files opens what is mapped
   * @param shared the shared anonymous areas of the tree
   * @param kernelAreas where vdso and vvar wait
   * @param second looks at the images of some of many tasks
   * @throws dev.torpor.image.ImageException if pages lie outside of the mappings of their task
   */
  public void plan(
      FilesPlanner files,
      SharedAreas shared,
      KernelAreas kernelAreas,
      Provisions provisions,
      SecondThread second)
      throws IOException {
    List<FutureTask<PageImage>> images = new ArrayList<>();
    for (Member member : members) {
      PageIndex index = SecondThread.result(pagemaps.get(member.plan.pid()));
      images.add(
          new FutureTask<>(() -> PageImage.ofTask(directory, index, member.space, kernelAreas)));
    }
    second.finish(images);
    FamilyMemory family = new FamilyMemory();
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      PageImage pages = SecondThread.result(images.get(i));
      pageCount += pages.pageCount();
      family.add(member.plan.pid(), member.parentPid, member.space, pages.index());
    }
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      PrivatePages pages =
          new PrivatePages(
              member.space,
              SecondThread.result(images.get(i)),
              family.of(member.plan.pid()),
              provisions);
      List<AioRing> rings = rings(member, pages.index());
      new AddressSpacePlan(member.plan, member.space, files, shared, kernelAreas, pages, rings)
          .plan();
    }
  }

  private List<AioRing> rings(Member member, PageIndex index) throws IOException {
    List<AioRing> rings = new ArrayList<>();
    for (aio_ring_entry entry : member.space.mm().getAiosList()) {
      byte[] content =
          PageImage.content(directory, index, entry.getId(), entry.getId() + entry.getRingLen());
      rings.add(new AioRing(member.space.subject(), entry, content));
    }
    rings.sort((one, other) -> Integer.compare(one.number(), other.number()));
    return rings;
  }

  /** How many pages are read back. */
  public long pageCount() {
    return pageCount;
  }
}
