// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import com.google.protobuf.ByteString;
import dev.torpor.plan.ThreadPlan;

/** A file that is not to be found at its path, in whatever way it comes back. */
interface RemappedFile {
  /** Where all tasks find it, by a name that it had. */
  ServiceFd place(ByteString name, FilesPlanner planner);

  /** Puts the calls into the root task's plan. */
  void plan(ThreadPlan root);
}
