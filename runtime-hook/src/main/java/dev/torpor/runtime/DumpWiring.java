// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import dev.torpor.cgroup.CgroupException;
import dev.torpor.core.CgroupCapturer;
import dev.torpor.core.DumpModules;
import dev.torpor.core.NamespaceCapture;
import dev.torpor.core.NamespaceReturn;
import dev.torpor.image.ImageStore;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.namespaces.DumpOptions;
import dev.torpor.namespaces.NamespacePlan;
import dev.torpor.namespaces.ReturnOptions;
import dev.torpor.namespaces.TreeNamespaces;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Clocks;
import dev.torpor.proc.ProcFs;
import dev.torpor.room.Rooms;
import dev.torpor.runtime.option.CriuOptions;
import dev.torpor.runtime.option.ExternalMount;
import dev.torpor.runtime.option.Opt;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Namespaces and cgroups of a dump, as the options want them.
 *
 * @param process whose cgroups are Torpor's, as /proc names it
 */
record DumpWiring(CriuOptions options, String process, Supplier<Rooms> catalogue)
    implements DumpModules {
  @Override
  public NamespaceCapture namespaces(
      ProcFs proc,
      int ownPid,
      task_kobj_ids_entry own,
      int rootPid,
      task_kobj_ids_entry root,
      Consumer<String> warnings) {
    DumpOptions namespaces =
        new DumpOptions()
            .warnings(warnings)
            .emptyNet(options.on(Opt.EMPTY_NS))
            .findsExternalMounts(options.autodetectExternalMounts())
            .externalMasters(options.on(Opt.ENABLE_EXTERNAL_MASTERS));
    for (ExternalMount mount : options.externalMounts()) {
      namespaces.externalMount(mount.key(), mount.value());
    }
    for (String external : options.list(Opt.EXTERNAL)) {
      namespaces.external(external);
    }
    for (String mount : options.list(Opt.SKIP_MNT)) {
      namespaces.skippedMount(mount);
    }
    return new TreeNamespaces(proc, ownPid, own, rootPid, root, namespaces, catalogue.get());
  }

  @Override
  public NamespaceReturn planned(
      ImageStore images,
      task_kobj_ids_entry own,
      task_kobj_ids_entry root,
      Clocks clocks,
      Facts facts) {
    ReturnOptions said = new ReturnOptions().toBeSaid().emptyNet(options.on(Opt.EMPTY_NS));
    return new NamespacePlan(
        new ProcFs(Path.of("/proc")), images, own, root, said, clocks, facts, catalogue.get());
  }

  @Override
  public CgroupCapturer cgroups(Consumer<String> warnings) {
    try {
      return new CgroupDump(options, process, warnings, catalogue.get());
    } catch (CgroupException e) {
      throw CgroupDump.failure(e);
    }
  }
}
