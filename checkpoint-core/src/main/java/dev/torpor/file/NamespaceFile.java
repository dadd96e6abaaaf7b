// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.fd_types;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.fown_entry;
import dev.torpor.image.proto.ns_file_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Sched;
import dev.torpor.plan.ProcDescriptor;
import java.util.List;

/**
 * A descriptor of a namespace, namespaces(7): what was opened in /proc/PID/ns, as programs keep one
 * of the namespace that they want to come back to. Carried are those that whoever opens it in a
 * restore lives in.
 */
public final class NamespaceFile implements FileRoom {
  /** A kind as /proc names it, and as clone(2) and images do. */
  private enum Kind {
    NET("net", Sched.CLONE_NEWNET),
    UTS("uts", Sched.CLONE_NEWUTS),
    IPC("ipc", Sched.CLONE_NEWIPC),
    MNT("mnt", Sched.CLONE_NEWNS),
    USER("user", Sched.CLONE_NEWUSER),
    PID("pid", Sched.CLONE_NEWPID),
    TIME("time", Sched.CLONE_NEWTIME);

    private final String link;
    private final long flag;

    Kind(String link, long flag) {
      this.link = link;
      this.flag = flag;
    }

    /** Null for one that is not carried: that of cgroups is entered when all files are open. */
    static Kind of(Descriptor descriptor) {
      for (Kind kind : values()) {
        if (descriptor.link().startsWith(kind.link + ":[")) {
          return kind;
        }
      }
      return null;
    }

    static Kind of(ns_file_entry file) {
      for (Kind kind : values()) {
        if ((int) kind.flag == file.getNsCflag()) {
          return kind;
        }
      }
      return null;
    }

    int id(task_kobj_ids_entry ids) {
      return switch (this) {
        case NET -> ids.getNetNsId();
        case UTS -> ids.getUtsNsId();
        case IPC -> ids.getIpcNsId();
        case MNT -> ids.getMntNsId();
        case USER -> ids.getUserNsId();
        case PID -> ids.getPidNsId();
        case TIME -> ids.getTimeNsId();
      };
    }
  }

  @Override
  public fd_types type() {
    return fd_types.NS;
  }

  @Override
  public boolean recognises(Descriptor descriptor) {
    return Kind.of(descriptor) != null;
  }

  @Override
  public file_entry capture(Descriptor descriptor, int id, FileCapture capture) {
    int namespace = capture.context().namespaces().imageId(descriptor.link());
    if (namespace == 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "the descriptor of a namespace that no task of the tree lives in is not carried; let the"
              + " program close it before the dump");
    }
    if (capture.owner(descriptor).getPid() != 0) {
      throw new UnsupportedException(
          descriptor.subject(),
          "a descriptor of a namespace with somebody who gets signals (F_SETOWN), which images have"
              + " no place for; let the program close it before the dump");
    }
    return file_entry
        .newBuilder()
        .setType(type())
        .setId(id)
        .setNsf(
            ns_file_entry
                .newBuilder()
                .setId(id)
                .setNsId(namespace)
                .setNsCflag((int) Kind.of(descriptor).flag)
                .setFlags(descriptor.flags()))
        .build();
  }

  @Override
  public String describe(file_entry entry) {
    Kind kind = Kind.of(entry.getNsf());
    return "namespace of kind "
        + (kind == null ? Integer.toHexString(entry.getNsf().getNsCflag()) : kind.link);
  }

  @Override
  public fown_entry sigioOwner(file_entry entry) {
    return fown_entry.getDefaultInstance();
  }

  @Override
  public int flags(file_entry entry) {
    return entry.getNsf().getFlags();
  }

  @Override
  public void plan(List<file_entry> group, OpenPlan plan) {
    file_entry entry = group.get(0);
    ns_file_entry file = entry.getNsf();
    Kind kind = Kind.of(file);
    if (kind == null || !isOpeners(kind, file, plan)) {
      throw new UnsupportedException(
          plan.purpose(entry),
          "the descriptor of a namespace that task "
              + plan.opener()
              + " does not live in is not carried yet; let the program close it before the dump");
    }
    plan.place(
        entry,
        plan.call(entry, "open ns/" + kind.link, Nr.SYS_openat)
            .arg(plan.fact(ProcDescriptor.class).number())
            .arg(plan.program().string("self/ns/" + kind.link))
            .arg((file.getFlags() & ~Fcntl.FASYNC) | Fcntl.O_CLOEXEC)
            .arg(0));
  }

  private static boolean isOpeners(Kind kind, ns_file_entry file, OpenPlan plan) {
    for (task_kobj_ids_entry ids :
        plan.images().entries(ImageType.IDS, plan.opener(), task_kobj_ids_entry.parser())) {
      return kind.id(ids) == file.getNsId();
    }
    return false;
  }
}
