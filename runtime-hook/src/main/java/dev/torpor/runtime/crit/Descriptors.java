// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.crit;

import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.pstree_entry;
import java.io.IOException;
import java.io.Writer;

/** {@code crit x DIR fds}: the descriptors of each task, its working directory and its root. */
final class Descriptors implements Listing {
  @Override
  public void print(Checkpoint checkpoint, Writer out) throws IOException {
    for (pstree_entry task : checkpoint.tasks()) {
      out.write(Checkpoint.number(task.getPid()) + "\n");
      for (fdinfo_entry fd : checkpoint.descriptors(task)) {
        String file = checkpoint.describe(fd.getType(), fd.getId());
        row(out, Long.toString(Checkpoint.number(fd.getFd())), file);
      }
      fs_entry directories = checkpoint.directories(task);
      if (directories != null) {
        row(out, "cwd", checkpoint.path(directories.getCwdId()));
        row(out, "root", checkpoint.path(directories.getRootId()));
      }
    }
  }

  private static void row(Writer out, String name, String file) throws IOException {
    out.write(String.format("\t%7s: %s%n", name, file));
  }
}
