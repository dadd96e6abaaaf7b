// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.netns_setting;
import dev.torpor.inject.Op;
import dev.torpor.inject.WaitingTask;
import dev.torpor.plan.Contribution;
import dev.torpor.plan.Need;
import dev.torpor.plan.PlanWarnings;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The network namespace, network_namespaces(7), in one of three ways: given again at the restore
 * ({@code --external net[INODE]:KEY}), made anew by the restore and filled by the caller ({@code
 * --empty-ns net}), or carried: devices ({@link DeviceKind}), addresses, routes, rules, neighbours
 * ({@link NetContent}). Settings are carried in all three.
 */
final class NetNamespace implements NamespaceRoom {
  /** What a dump compares with. */
  private NetSysctls sysctls;

  /** What a restore makes, by the numbers of the namespaces. */
  private final Map<Integer, NetReturn> made = new HashMap<>();

  @Override
  public Set<ImageType> images() {
    return Set.of(
        ImageType.NETNS,
        ImageType.NETDEV,
        ImageType.IFADDR,
        ImageType.ROUTE,
        ImageType.ROUTE6,
        ImageType.RULE,
        ImageType.IPTABLES,
        ImageType.IP6TABLES,
        ImageType.NFTABLES,
        ImageType.NETNF_CT,
        ImageType.NETNF_EXP);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.NET;
  }

  @Override
  public void check(DumpedNamespace namespace) {
    sysctls = new NetSysctls(namespace.proc());
    if (namespace.externalKey() != null || namespace.options().isEmptyNet()) {
      return;
    }
    String sys = namespace.proc().root() + "/sys";
    refuse(namespace, namespace.ask(() -> NetContent.ask().refusal(sys)));
    refuse(namespace, PacketFilter.hasIptables(namespace) ? "rules of iptables" : null);
    boolean tables = namespace.ask(PacketFilter::hasNftables);
    refuse(namespace, tables ? "tables of nftables" : null);
    String setting = sysctls.lost(namespace);
    refuse(namespace, setting == null ? null : "the setting " + setting);
  }

  private static void refuse(DumpedNamespace namespace, String found) {
    if (found != null) {
      throw new UnsupportedException(
          "network namespace of task " + namespace.pid(),
          found
              + " in it is not carried; give --empty-ns net if the restorer sets the network up, or"
              + " --external net["
              + namespace.inode()
              + "]:KEY if the namespace is there at the restore");
    }
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    String externalKey = namespace.externalKey();
    netns_entry.Builder entry = netns_entry.newBuilder();
    if (sysctls == null) {
      sysctls = new NetSysctls(namespace.proc());
    }
    if (externalKey != null) {
      entry.setExtKey(externalKey).addAllSettings(sysctls.all(namespace));
    } else if (namespace.options().isEmptyNet()) {
      entry.addAllSettings(sysctls.all(namespace));
    } else {
      namespace.ask(NetContent::ask).write(namespace, images, entry);
      entry.addAllSettings(sysctls.besideLists(namespace));
    }
    // Of a namespace that is left out CRIU has no image at all.
    if (externalKey != null || !namespace.options().isEmptyNet() || entry.getSettingsCount() > 0) {
      images.add(ImageType.NETNS, namespace.id(), entry.build());
    }
  }

  @Override
  public String givenKey(ReturnedNamespace namespace) {
    netns_entry entry = namespace.optional(ImageType.NETNS, netns_entry.parser());
    return entry != null && entry.hasExtKey() ? entry.getExtKey() : null;
  }

  @Override
  public Contribution enter(ReturnedNamespace namespace, String path, ProcFs proc) {
    List<netns_setting> saved = saved(namespace).getSettingsList();
    if (saved.isEmpty()) {
      return program -> {};
    }
    PlanWarnings warnings = namespace.facts().of(PlanWarnings.class, () -> PlanWarnings.UNHEARD);
    List<netns_setting> missing = new NetSysctls(proc).missing(path, saved, warnings);
    return program -> NetSysctls.plan(namespace, missing, program);
  }

  private static netns_entry saved(ReturnedNamespace namespace) {
    netns_entry saved = namespace.optional(ImageType.NETNS, netns_entry.parser());
    return saved == null ? netns_entry.getDefaultInstance() : saved;
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    netns_entry settings = saved(namespace);
    if (namespace.options().isEmptyNet()) {
      // What a dump has saved that had the same option.
      List<netns_setting> beside =
          settings.getAllConf4Count() == 0 ? settings.getSettingsList() : List.of();
      return program -> {
        Loopback.plan(Loopback.isUp(), program);
        NetSysctls.plan(namespace, beside, program);
      };
    }
    PacketFilter.refuseSaved(namespace);
    List<net_device_entry> all =
        namespace.images().entries(ImageType.NETDEV, namespace.id(), net_device_entry.parser());
    NetSettings.check(namespace, settings, all);
    NetReturn content = new NetReturn(namespace, settings, all);
    made.put(namespace.id(), content);
    return content::append;
  }

  @Override
  public List<Need> needs(ReturnedNamespace namespace) {
    NetReturn content = made.get(namespace.id());
    return content == null ? List.of() : content.needs();
  }

  @Override
  public Contribution connect(ReturnedNamespace namespace) {
    NetReturn content = made.get(namespace.id());
    return content == null ? program -> {} : content::connect;
  }

  @Override
  public boolean atTrap(Op trap, ImageStore images, ProcFs proc, WaitingTask root) {
    for (NetReturn content : made.values()) {
      if (content.atTrap(trap, root.pid())) {
        return true;
      }
    }
    return false;
  }
}
