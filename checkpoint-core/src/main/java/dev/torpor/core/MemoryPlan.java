// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.concurrent.SecondThread;
import dev.torpor.file.FilesPlanner;
import dev.torpor.file.ServiceFd;
import dev.torpor.image.ImageStore;
import dev.torpor.memory.AddressSpacePlan;
import dev.torpor.memory.MappingRooms;
import dev.torpor.memory.Provisions;
import dev.torpor.memory.SharedAreas;
import dev.torpor.memory.TreeMemory;
import dev.torpor.plan.Machine;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.util.Map;

/** Plans the memory of all tasks. */
final class MemoryPlan {
  private final ImageStore images;
  private final TreeImages tree;
  private final Map<Integer, ThreadPlan> plans;
  private final FilesPlanner files;
  private final ServiceFd proc;
  private final ServiceFd imagesFd;
  private final MappingRooms rooms;
  private final SharedAreas shared;
  private final Stages stages;
  private long pageCount;

  /** Finds shared memory, and the addresses to restore from. */
  MemoryPlan(
      ImageStore images,
      TreeImages tree,
      Map<Integer, ThreadPlan> plans,
      Rooms rooms,
      Machine machine,
      FilesPlanner files,
      ServiceFd proc,
      ServiceFd imagesFd)
      throws IOException {
    this.images = images;
    this.tree = tree;
    this.plans = plans;
    this.rooms = new MappingRooms(rooms, images);
    this.files = files;
    this.proc = proc;
    this.imagesFd = imagesFd;
    this.shared = new SharedAreas(images, tree.addressSpaces(), this.rooms, files);
    this.stages =
        new Stages(machine, AddressSpacePlan.ranges(tree.addressSpaces()), shared.longestBytes());
  }

  Stages stages() {
    return stages;
  }

  /** How many pages are read back. */
  long pageCount() {
    return pageCount;
  }

  void plan(SecondThread second) throws IOException {
    Provisions provisions = new Provisions(imagesFd, proc, stages.room(), stages.sharedPlace());
    ThreadPlan root = plans.get(tree.root().pid());
    root.facts().with(provisions);
    files.facts().with(stages.place());
    shared.plan(root, provisions);
    TreeMemory memory = new TreeMemory(images, rooms, stages.kernelAreas(), provisions);
    for (TaskImages task : tree.tasks()) {
      if (!task.isZombie()) {
        memory.add(plans.get(task.pid()), task.tree().getPpid(), task.mm());
      }
    }
    memory.plan(files, shared, second);
    pageCount = memory.pageCount();
  }
}
