// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.file.FilesPlanner;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;

/** Returns the address spaces of all tasks of a tree. */
public final class TreeMemory {
  private record Member(
      ThreadPlan plan, int parentPid, AddressSpace space, FutureTask<PageImage> pages) {}

  private final ImageStore directory;
  private final KernelAreas kernelAreas;
  private final Provisions provisions;
  private final MappingRooms rooms;
  private final MappedPaths paths;
  private final List<Member> members = new ArrayList<>();
  private final FamilyMemory family = new FamilyMemory();
  private long pageCount;

  /**
   * Starts with no task.
   *
   * @param rooms know the kinds of mappings
   * @param kernelAreas where vdso and vvar wait
   */
  public TreeMemory(
      ImageStore directory, MappingRooms rooms, KernelAreas kernelAreas, Provisions provisions) {
    this.directory = directory;
    this.rooms = rooms;
    this.kernelAreas = kernelAreas;
    this.provisions = provisions;
    this.paths = new MappedPaths(directory);
  }

  /** Adds a task; parents come before their children. */
  public void add(ThreadPlan plan, int parentPid, mm_entry mm) {
    AddressSpace space = new AddressSpace(plan.subject(), mm, rooms, paths);
    members.add(
        new Member(
            plan,
            parentPid,
            space,
            new FutureTask<>(() -> PageImage.ofTask(directory, plan.pid(), space, kernelAreas))));
  }

  /**
   * Reads all pagemaps, and puts the calls into the plans of all tasks.
   *
   * @param files opens what is mapped
   * @param shared the shared anonymous areas of the tree
   * @param second reads some of many pagemaps
   * @throws dev.torpor.error.UnsupportedException if pages lie in parent images, or outside of the
   *     mappings of their task
   */
  public void plan(FilesPlanner files, SharedAreas shared, SecondThread second) throws IOException {
    List<FutureTask<PageImage>> images = new ArrayList<>();
    for (Member member : members) {
      images.add(member.pages);
    }
    second.finish(images);
    for (Member member : members) {
      PageImage pages = SecondThread.result(member.pages);
      pageCount += pages.pageCount();
      family.add(member.plan.pid(), member.parentPid, member.space, pages.index());
    }
    for (Member member : members) {
      Inheritance inheritance = family.of(member.plan.pid());
      PrivatePages pages =
          new PrivatePages(
              member.space, SecondThread.result(member.pages), inheritance, provisions);
      new AddressSpacePlan(member.plan, member.space, files, shared, kernelAreas, pages).plan();
    }
  }

  /** How many pages are read back. */
  public long pageCount() {
    return pageCount;
  }
}
