// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.core.CgroupReturner;
import dev.torpor.core.NamespaceReturn;
import dev.torpor.core.RestoreModules;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.namespaces.NamespacePlan;
import dev.torpor.namespaces.ReturnOptions;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.ExternalMount;
import dev.torpor.runtime.option.JoinedNamespace;
import dev.torpor.runtime.option.Opt;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Namespaces and cgroups of a restore, as the options want them.
 *
 * @param process whose cgroups are Torpor's, as /proc names it
 */
record RestoreWiring(CriuOptions options, String process, Supplier<Rooms> catalogue)
    implements RestoreModules {
  @Override
  public NamespaceReturn namespaces(
      ImageStore images,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      Clocks clocks,
      Facts facts) {
    ReturnOptions namespaces =
        new ReturnOptions().root(options.text(Opt.ROOT)).emptyNet(options.on(Opt.EMPTY_NS));
    for (ExternalMount mount : options.externalMounts()) {
      namespaces.externalMount(mount.key(), mount.value());
    }
    for (String external : options.list(Opt.EXTERNAL)) {
      namespaces.external(external);
    }
    for (JoinedNamespace joined : options.joinedNamespaces()) {
      namespaces.join(joined.kind(), joined.file());
    }
    return new NamespacePlan(
        new ProcFs(Path.of("/proc")),
        images,
        own,
        root,
        namespaces,
        clocks,
        facts,
        catalogue.get());
  }

  @Override
  public CgroupReturner cgroups(Consumer<Path> journal, Consumer<String> warnings) {
    return new CgroupRestore(options, process, journal, warnings, catalogue.get());
  }
}
