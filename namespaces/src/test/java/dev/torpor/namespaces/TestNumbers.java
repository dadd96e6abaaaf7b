// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.proc.ProcFs;
import java.util.HashMap;
import java.util.Map;

/** Numbers namespaces in the order in which tasks are asked for, as a dump does. */
final class TestNumbers {
  private final ProcFs proc;
  private final Map<String, Integer> numbers = new HashMap<>();

  TestNumbers(ProcFs proc) {
    this.proc = proc;
  }

  task_kobj_ids_entry of(int pid) {
    task_kobj_ids_entry.Builder ids =
        task_kobj_ids_entry.newBuilder().setVmId(1).setFilesId(1).setFsId(1).setSighandId(1);
    for (NamespaceKind kind : NamespaceKind.values()) {
      String link = proc.link(pid, "ns/" + kind.fileName());
      numbers.putIfAbsent(link, numbers.size() + 1);
      kind.put(ids, numbers.get(link));
    }
    return ids.build();
  }

  /** Numbers of a dumper and of a tree that shares its user, cgroup and time namespace. */
  static task_kobj_ids_entry container(boolean tree) {
    task_kobj_ids_entry.Builder ids =
        task_kobj_ids_entry.newBuilder().setVmId(1).setFilesId(1).setFsId(1).setSighandId(1);
    int next = tree ? 9 : 1;
    for (NamespaceKind kind : NamespaceKind.values()) {
      boolean shared =
          kind == NamespaceKind.USER || kind == NamespaceKind.CGROUP || kind == NamespaceKind.TIME;
      kind.put(ids, shared ? 100 : next++);
    }
    return ids.build();
  }
}
