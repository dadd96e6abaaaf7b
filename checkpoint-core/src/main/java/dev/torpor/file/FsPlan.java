// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;

/** Plans current directory, root and umask. Both paths are seen from the tree's root. */
final class FsPlan {
  private final FilesPlanner planner;
  private final TaskFiles task;

  FsPlan(FilesPlanner planner, TaskFiles task) {
    this.planner = planner;
    this.task = task;
  }

  void plan() {
    fs_entry fs = task.fs();
    if (fs == null) {
      return;
    }
    file_entry cwd = directory(fs.getCwdId(), "current directory");
    file_entry root = directory(fs.getRootId(), "root");
    if (remaps().of(root.getId()) != null) {
      throw new UnsupportedException(
          "root of task " + task.pid(),
          planner.room(root).describe(root) + " is deleted, and is not carried");
    }
    task.plan()
        .at(
            Step.FS,
            program -> {
              changeDirectory(program, cwd);
              if (!root.getReg().getName().equals("/")) {
                // The current directory stays where it is, be it outside the new root.
                change(program, Nr.SYS_chroot, "root", "chroot", root);
              }
              if (fs.hasUmask()) {
                program
                    .call("restoring umask of task " + task.pid(), Nr.SYS_umask)
                    .arg(fs.getUmask());
              }
            });
  }

  private file_entry directory(int id, String what) {
    file_entry entry = planner.entry(id);
    if (entry.getType() != fd_types.REG) {
      throw new UnsupportedException(
          what + " of task " + task.pid(), "files.img has no directory with its id " + id);
    }
    return entry;
  }

  private void changeDirectory(Program program, file_entry cwd) {
    ServiceFd place = remaps().of(cwd.getId());
    if (place == null) {
      change(program, Nr.SYS_chdir, "current directory", "chdir", cwd);
    } else {
      program.call(purpose("current directory", "fchdir", cwd), Nr.SYS_fchdir).arg(place.number());
    }
  }

  private Remaps remaps() {
    return planner.facts().get(Remaps.class);
  }

  private void change(Program program, int nr, String what, String call, file_entry entry) {
    program.call(purpose(what, call, entry), nr).arg(RegularFile.path(program, entry.getReg()));
  }

  private String purpose(String what, String call, file_entry entry) {
    return "restoring "
        + what
        + " of task "
        + task.pid()
        + " ("
        + planner.room(entry).describe(entry)
        + "): "
        + call;
  }
}
