// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.core.NamespaceReturn;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.inject.WaitingTask;
import dev.torpor.linux.Fcntl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Facts;
import dev.torpor.plan.Need;
import dev.torpor.plan.Step;
import dev.torpor.plan.Surroundings;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Plans the namespaces of a tree. The root task is born into new ones, except those it joins, which
 * it does first; then they get their content, then the mounts. A task below that is the first in
 * another one makes that when it begins, and its descendants are born into it.
 */
public final class NamespacePlan implements NamespaceReturn {
  private final ProcFs proc;
  private final ImageStore images;
  private final task_kobj_ids_entry own;
  private final task_kobj_ids_entry root;
  private final ReturnOptions options;
  private final Clocks clocks;
  private final Facts facts;
  private final List<NamespaceRoom> rooms;

  /** Keys of the namespaces that are given, by kind. */
  private final Map<NamespaceKind, String> givenKeys = new LinkedHashMap<>();

  /** What the tree has in namespaces of the restorer, and what it takes that nobody else has it. */
  private final List<Contribution> hosts = new ArrayList<>();

  private final List<Need> taken = new ArrayList<>();

  /** What namespaces that are made need of the machine, and what connects them with the outside. */
  private final List<Need> needed = new ArrayList<>();

  private final List<Contribution> connections = new ArrayList<>();

  /** What is done in namespaces that are made when all tasks have their memory. */
  private final List<Contribution> rests = new ArrayList<>();

  /** What fills a namespace that is made, in the order of the rooms. */
  private final Map<NamespaceRoom, Contribution> contents = new LinkedHashMap<>();

  /** The numbers of all namespaces that tasks have by now; no two of any kind share one. */
  private final List<Integer> made = new ArrayList<>();

  /**
   * Reads the images and refuses what cannot be brought back.
   *
   * @param proc where the root task will be seen
   * @param own {@code root_ids} of the inventory
   * @param root the root task's ids
   * @param clocks this host's, a moment ago
   * @param facts what the rooms of this restore know of each other
   * @param catalogue has the rooms of all kinds of namespaces
   */
  public NamespacePlan(
      ProcFs proc,
      ImageStore images,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      ReturnOptions options,
      Clocks clocks,
      Facts facts,
      Rooms catalogue) {
    this.rooms = catalogue.of(NamespaceRoom.class);
    this.proc = proc;
    this.images = images;
    this.own = own;
    this.root = root;
    this.options = options;
    this.clocks = clocks;
    this.facts = facts;
    Surroundings surroundings = facts.of(Surroundings.class, Surroundings::new);
    for (NamespaceRoom room : rooms) {
      readRoots(room);
      if (isStarters(room)) {
        surroundings.share(room.kind().cloneFlag());
      }
    }
  }

  private boolean isStarters(NamespaceRoom room) {
    NamespaceKind kind = room.kind();
    return options.joined(kind) == null
        && !givenKeys.containsKey(kind)
        && !contents.containsKey(room);
  }

  private void readRoots(NamespaceRoom room) {
    NamespaceKind kind = room.kind();
    ReturnedNamespace namespace = namespace(kind, root, -1);
    made.add(namespace.id());
    made.add(kind.in(own));
    String key = room.givenKey(namespace);
    if (key != null && options.joined(kind) == null) {
      givenKeys.put(kind, key);
    } else if (options.joined(kind) != null) {
      room.checkJoined(namespace);
    } else if (room.isReturned(namespace)) {
      contents.put(room, room.read(namespace));
      connections.add(room.connect(namespace));
      needed.addAll(room.needs(namespace));
      rests.add(room.last(namespace));
    } else {
      hosts.add(room.readHosts(namespace, taken::add));
    }
  }

  private ReturnedNamespace namespace(NamespaceKind kind, task_kobj_ids_entry ids, int procFd) {
    int id = kind.in(ids);
    return new ReturnedNamespace(images, options, clocks, facts, id, id != kind.in(own), procFd);
  }

  /** What is joined must be a namespace of its kind: setns(2) would only say EINVAL. */
  private void needGiven(ThreadPlan task, ToIntFunction<String> descriptor) {
    for (Map.Entry<NamespaceKind, String> joined : options.joined()) {
      NamespaceKind kind = joined.getKey();
      String path = joined.getValue();
      String option = "--join-ns " + kind.fileName() + ":" + path;
      task.needs(machine -> GivenNamespace.check(option, path, kind));
    }
    for (Map.Entry<NamespaceKind, String> given : givenKeys.entrySet()) {
      int fd = descriptor.applyAsInt(given.getValue());
      if (fd != TO_BE_GIVEN) {
        String option = "--inherit-fd fd[" + fd + "]:" + given.getValue();
        NamespaceKind kind = given.getKey();
        String path = "/proc/self/fd/" + fd;
        task.needs(machine -> GivenNamespace.check(option, path, kind));
      }
    }
  }

  /** What is done there; a dump's plan does not know them yet. */
  private void enterGiven(ThreadPlan task, ToIntFunction<String> descriptor) {
    for (NamespaceRoom room : rooms) {
      String key = givenKeys.get(room.kind());
      int fd = key == null ? TO_BE_GIVEN : descriptor.applyAsInt(key);
      if (fd != TO_BE_GIVEN) {
        task.at(
            Step.NAMESPACES,
            room.enter(namespace(room.kind(), root, -1), "/proc/self/fd/" + fd, proc));
      }
    }
  }

  @Override
  public long cloneFlags() {
    long flags = 0;
    for (NamespaceRoom room : contents.keySet()) {
      flags |= room.isMadeByClone() ? Integer.toUnsignedLong(room.kind().cloneFlag()) : 0;
    }
    return flags;
  }

  @Override
  public List<String> inheritedKeys() {
    List<String> keys = new ArrayList<>(givenKeys.values());
    keys.remove(pidNamespaceKey());
    return keys;
  }

  @Override
  public String pidNamespaceKey() {
    return givenKeys.get(NamespaceKind.PID);
  }

  @Override
  public void plan(ThreadPlan task, ToIntFunction<String> descriptor) {
    needGiven(task, descriptor);
    task.at(Step.NAMESPACES, program -> join(program, descriptor));
    enterGiven(task, descriptor);
    for (Map.Entry<NamespaceRoom, Contribution> content : contents.entrySet()) {
      task.at(content.getKey().step(), content.getValue());
    }
    for (Contribution host : hosts) {
      task.at(Step.NAMESPACES, host);
    }
    needed.forEach(task::needs);
    for (Contribution connection : connections) {
      task.at(Step.THREAD, connection);
    }
    taken.forEach(task::takes);
    for (Contribution rest : rests) {
      task.at(Step.CLOSE, rest);
    }
  }

  private void join(Program program, ToIntFunction<String> descriptor) {
    for (Map.Entry<NamespaceKind, String> joined : options.joined()) {
      join(program, joined.getKey(), joined.getValue());
    }
    for (Map.Entry<NamespaceKind, String> given : givenKeys.entrySet()) {
      // A task is born into its pid namespace.
      if (given.getKey() != NamespaceKind.PID) {
        program
            .call(
                "joining the "
                    + given.getKey().fileName()
                    + " namespace given as "
                    + given.getValue(),
                Nr.SYS_setns)
            .arg(descriptor.applyAsInt(given.getValue()))
            .arg(given.getKey().cloneFlag());
      }
    }
  }

  private static void join(Program program, NamespaceKind kind, String path) {
    String purpose = "joining the " + kind.fileName() + " namespace " + path;
    Op fd =
        program
            .call(purpose + ": opening it", Nr.SYS_openat)
            .arg(Fcntl.AT_FDCWD)
            .arg(program.string(path))
            .arg(Fcntl.O_RDONLY | Fcntl.O_CLOEXEC);
    program.call(purpose, Nr.SYS_setns).arg(fd).arg(kind.cloneFlag());
    program.call(purpose + ": closing it", Nr.SYS_close).arg(fd);
  }

  @Override
  public void planBelow(
      ThreadPlan task, task_kobj_ids_entry ids, task_kobj_ids_entry parent, int procFd) {
    for (NamespaceRoom room : rooms) {
      NamespaceKind kind = room.kind();
      if (kind.in(ids) == kind.in(parent)) {
        continue;
      }
      if (!room.nests() || made.contains(kind.in(ids))) {
        throw new UnsupportedException(
            task.subject(),
            "its " + kind.fileName() + " namespace is not its parent's; not carried yet");
      }
      made.add(kind.in(ids));
      ReturnedNamespace namespace = namespace(kind, ids, procFd);
      Contribution content = room.read(namespace);
      String purpose = "making the " + kind.fileName() + " namespace of " + task.subject();
      task.at(
          Step.NAMESPACES, program -> program.call(purpose, Nr.SYS_unshare).arg(kind.cloneFlag()));
      task.at(Step.NAMESPACES, content);
      task.at(Step.CLOSE, room.last(namespace));
    }
  }

  @Override
  public Op cgroupTrap() {
    for (NamespaceRoom room : contents.keySet()) {
      if (room instanceof CgroupNamespace cgroup) {
        return cgroup.trap();
      }
    }
    return null;
  }

  @Override
  public boolean atTrap(Op trap, WaitingTask root) throws IOException {
    for (NamespaceRoom room : contents.keySet()) {
      if (room.atTrap(trap, images, proc, root)) {
        return true;
      }
    }
    return false;
  }
}
