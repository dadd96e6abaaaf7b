// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.task_kobj_ids_entry;

/**
 * The kinds of namespaces, in the order in which CRIU 4.2 numbers them. Flags are those of
 * clone(2), include/uapi/linux/sched.h.
 */
enum NamespaceKind {
  PID("pid", 0x20000000),
  NET("net", 0x40000000),
  IPC("ipc", 0x08000000),
  UTS("uts", 0x04000000),
  /** Since Linux 5.6. */
  TIME("time", 0x00000080),
  MNT("mnt", 0x00020000),
  USER("user", 0x10000000),
  CGROUP("cgroup", 0x02000000);

  private final String fileName;
  private final int cloneFlag;

  NamespaceKind(String fileName, int cloneFlag) {
    this.fileName = fileName;
    this.cloneFlag = cloneFlag;
  }

  /** Name in /proc/PID/ns, and in CRIU's options. */
  String fileName() {
    return fileName;
  }

  int cloneFlag() {
    return cloneFlag;
  }

  /** By the name CRIU's options use, or null. */
  static NamespaceKind ofFileName(String name) {
    for (NamespaceKind kind : values()) {
      if (kind.fileName.equals(name)) {
        return kind;
      }
    }
    return null;
  }

  /** The number of a task's namespace of this kind; 0 if the image has none. */
  int in(task_kobj_ids_entry ids) {
    return switch (this) {
      case PID -> ids.getPidNsId();
      case NET -> ids.getNetNsId();
      case IPC -> ids.getIpcNsId();
      case UTS -> ids.getUtsNsId();
      case TIME -> ids.getTimeNsId();
      case MNT -> ids.getMntNsId();
      case USER -> ids.getUserNsId();
      case CGROUP -> ids.getCgroupNsId();
    };
  }

  /** Puts the number of a task's namespace of this kind. */
  void put(task_kobj_ids_entry.Builder ids, int id) {
    switch (this) {
      case PID -> ids.setPidNsId(id);
      case NET -> ids.setNetNsId(id);
      case IPC -> ids.setIpcNsId(id);
      case UTS -> ids.setUtsNsId(id);
      case TIME -> ids.setTimeNsId(id);
      case MNT -> ids.setMntNsId(id);
      case USER -> ids.setUserNsId(id);
      case CGROUP -> ids.setCgroupNsId(id);
    }
  }
}
