// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.linux.Unistd;
import dev.torpor.proc.ProcFs;
import java.util.HashMap;
import java.util.Map;

/**
 * Numbers namespaces in the order in which they are met, Torpor's own first, as CRIU does. The
 * kernel's name of one is {@code net:[4026531840]}; namespaces(7).
 */
public final class NamespaceIds {
  private final ProcFs proc;
  private final Map<String, Integer> ids = new HashMap<>();

  /** Torpor's own get the first numbers. */
  public NamespaceIds(ProcFs proc) {
    this.proc = proc;
    ofTask(Unistd.getpid());
  }

  /** The namespaces of a task; the other ids are 1. */
  public task_kobj_ids_entry ofTask(int pid) {
    return task_kobj_ids_entry
        .newBuilder()
        .setVmId(1)
        .setFilesId(1)
        .setFsId(1)
        .setSighandId(1)
        .setPidNsId(id(pid, "pid"))
        .setNetNsId(id(pid, "net"))
        .setIpcNsId(ipc(pid))
        .setUtsNsId(id(pid, "uts"))
        .setTimeNsId(id(pid, "time"))
        .setMntNsId(id(pid, "mnt"))
        .setUserNsId(id(pid, "user"))
        .setCgroupNsId(id(pid, "cgroup"))
        .build();
  }

  /** The IPC namespace of a task alone. */
  int ipc(int pid) {
    return id(pid, "ipc");
  }

  /** The number of the namespace with this name; 0 if no task that was looked at lives in it. */
  public int of(String name) {
    return ids.getOrDefault(name, 0);
  }

  private int id(int pid, String kind) {
    String name = proc.link(pid, "ns/" + kind);
    Integer known = ids.get(name);
    if (known == null) {
      known = ids.size() + 1;
      ids.put(name, known);
    }
    return known;
  }
}
