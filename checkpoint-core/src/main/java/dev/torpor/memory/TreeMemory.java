// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.FilesPlanner;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.plan.ThreadPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Returns the address spaces of all tasks of a tree. */
public final class TreeMemory {
  private record Member(ThreadPlan plan, AddressSpace space, PageImage pages) {}

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

  /**
   * Reads the images of a task; parents come before their children.
   *
   * @throws dev.torpor.error.UnsupportedException if its pages lie in parent images, or outside of
   *     its mappings
   */
  public void add(ThreadPlan plan, int parentPid, mm_entry mm) throws IOException {
    AddressSpace space = new AddressSpace(plan.subject(), mm, rooms, paths);
    PageImage pages = PageImage.ofTask(directory, plan.pid(), space, kernelAreas);
    pageCount += pages.pageCount();
    members.add(new Member(plan, space, pages));
    family.add(plan.pid(), parentPid, space, pages.index());
  }

  /**
   * Puts the calls into the plans of all tasks.
   *
   * @param files opens what is mapped
   * @param shared the shared anonymous areas of the tree
   */
  public void plan(FilesPlanner files, SharedAreas shared) {
    for (Member member : members) {
      PrivatePages pages =
          new PrivatePages(member.space, member.pages, family.of(member.plan.pid()), provisions);
      new AddressSpacePlan(member.plan, member.space, files, shared, kernelAreas, pages).plan();
    }
  }

  /** How many pages are read back. */
  public long pageCount() {
    return pageCount;
  }
}
