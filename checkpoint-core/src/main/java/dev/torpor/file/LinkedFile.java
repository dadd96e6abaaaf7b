// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.image.proto.file_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.plan.Facts;
import dev.torpor.plan.ProcDescriptor;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file that has lost a name by which tasks have it open, and is there by another that the dump
 * has given to it: it gets its own for a moment, and is opened by that.
 */
final class LinkedFile implements RemappedFile {
  private final file_entry link;
  private final Facts facts;
  private final Map<ByteString, ServiceFd> places = new LinkedHashMap<>();

  /** Of the entry of its name. */
  LinkedFile(FilesPlanner planner, int id) {
    this.link = planner.entry(id);
    this.facts = planner.facts();
  }

  @Override
  public ServiceFd place(ByteString name, FilesPlanner planner) {
    return places.computeIfAbsent(name, key -> planner.reserve());
  }

  @Override
  public void plan(ThreadPlan root) {
    root.at(Step.OPEN_SHARED, this::open);
  }

  private void open(Program program) {
    int proc = facts.get(ProcDescriptor.class).number();
    for (Map.Entry<ByteString, ServiceFd> place : places.entrySet()) {
      new GhostName(
              program, place.getKey().toByteArray(), link.getId(), place.getValue().number(), proc)
          .link(Fcntl.AT_FDCWD, RegularFile.path(program, link.getReg()));
    }
  }
}
