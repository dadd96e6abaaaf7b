// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.netns_setting;
import dev.torpor.inject.Program;
import dev.torpor.plan.PlanWarnings;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.io.File;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The settings of a network namespace as a whole: all files in /proc/sys/net, which show the
 * namespace of the thread that opens them. Carried is what says another thing than in a fresh
 * namespace, which a restore makes. Of a namespace that the restore is given, that is what a
 * runtime does when it starts a container ({@code --sysctl}) and does not do when it restores one.
 */
final class NetSysctls {
  private static final int CLONE_NEWNET = NamespaceKind.NET.cloneFlag();
  private static final String ALL = "/all/";
  private static final String DEFAULT = "/default/";

  /** Where each device has a directory, beside {@code all} and {@code default}. */
  private static final List<String> OF_DEVICES =
      List.of("net/ipv4/conf/", "net/ipv4/neigh/", "net/ipv6/conf/", "net/ipv6/neigh/");

  private final String sys;

  /** Values in a new namespace. */
  private final Map<String, String> fresh;

  /** Looks at a new namespace, which takes a moment that no stopped tree should have to wait. */
  NetSysctls(ProcFs proc) {
    sys = proc.root() + "/sys/";
    fresh = Visit.anew(CLONE_NEWNET, this::read);
  }

  /**
   * Looks for a setting that would be lost: one that nobody can write.
   *
   * @return "net.ipv4.tcp_ehash_entries = 77 (64 in a new namespace)", or null
   */
  String lost(DumpedNamespace namespace) {
    return namespace.ask(
        () -> {
          for (Map.Entry<String, String> setting : differing(read(), true).entrySet()) {
            String path = setting.getKey();
            if (!NetSettings.carry(path) && !new File(sys + path).canWrite()) {
              String usual = fresh.get(path);
              return path.replace('/', '.')
                  + " = "
                  + setting.getValue()
                  + " ("
                  + usual
                  + " in a new namespace)";
            }
          }
          return null;
        });
  }

  /** What to carry of a namespace beside the lists of {@link NetSettings}. */
  List<netns_setting> besideLists(DumpedNamespace namespace) {
    return namespace.ask(() -> entries(false));
  }

  /** What to carry of a namespace that has nothing but these in the images. */
  List<netns_setting> all(DumpedNamespace namespace) {
    return namespace.ask(() -> entries(true));
  }

  private List<netns_setting> entries(boolean alsoOfLists) {
    Map<String, String> there = read();
    List<netns_setting> entries = new ArrayList<>();
    for (Map.Entry<String, String> setting : differing(there, !alsoOfLists).entrySet()) {
      String path = setting.getKey();
      if ((alsoOfLists || !NetSettings.carry(path)) && new File(sys + path).canWrite()) {
        entries.add(netns_setting.newBuilder().setName(path).setValue(setting.getValue()).build());
      }
    }
    return entries;
  }

  /**
   * Those that are not as in a new namespace, and those that would be changed by setting them.
   *
   * @param ofDevices also those of devices that a new namespace does not have
   */
  private Map<String, String> differing(Map<String, String> there, boolean ofDevices) {
    // One of single devices behind that of all.
    Map<String, String> differing =
        new TreeMap<>(
            Comparator.comparing((String path) -> device(path) != null)
                .thenComparing(Comparator.naturalOrder()));
    // One that is made later gets what all have by then; in an empty namespace there is none yet.
    Set<String> devices = devices(ofDevices ? there : fresh);
    for (Map.Entry<String, String> setting : there.entrySet()) {
      String path = setting.getKey();
      String usual = fresh.get(path);
      if (usual == null && ofDevices && device(path) != null) {
        usual = usualOfDevice(path, there);
      }
      if (usual != null && !usual.equals(setting.getValue())) {
        differing.put(path, setting.getValue());
        addFollowers(path, devices, there, differing);
      }
    }
    return differing;
  }

  /**
   * What a new device of the namespace has. The defaults for neighbours are the kernel's own, which
   * only the first namespace shows; a new namespace's loopback device has got them.
   */
  private String usualOfDevice(String path, Map<String, String> there) {
    String directory = "/" + device(path) + "/";
    String usual = there.get(path.replace(directory, DEFAULT));
    return usual == null ? fresh.get(path.replace(directory, "/" + Loopback.NAME + "/")) : usual;
  }

  /** Names of the devices, and {@code default}. */
  private static Set<String> devices(Map<String, String> there) {
    Set<String> devices = new TreeSet<>(Set.of("default"));
    for (String path : there.keySet()) {
      String device = device(path);
      if (device != null) {
        devices.add(device);
      }
    }
    return devices;
  }

  /** What one for all devices sets too. */
  private static void addFollowers(
      String path, Set<String> devices, Map<String, String> there, Map<String, String> differing) {
    String of = path.contains(ALL) ? ALL : DEFAULT;
    for (String device : devices) {
      String followed = path.replace(of, "/" + device + "/");
      if (there.containsKey(followed)) {
        differing.put(followed, there.get(followed));
      }
    }
  }

  /** The device whose setting it is, or null. */
  private static String device(String path) {
    for (String directory : OF_DEVICES) {
      if (path.startsWith(directory)) {
        int end = path.indexOf('/', directory.length());
        String name = end < 0 ? "all" : path.substring(directory.length(), end);
        return name.equals("all") || name.equals("default") ? null : name;
      }
    }
    return null;
  }

  private Map<String, String> read() {
    Map<String, String> settings = new TreeMap<>();
    collect(new File(sys + "net"), "net", settings);
    return settings;
  }

  private static void collect(File directory, String name, Map<String, String> settings) {
    File[] files = directory.listFiles();
    for (File file : files == null ? new File[0] : files) {
      String path = name + "/" + file.getName();
      if (file.isDirectory()) {
        collect(file, path, settings);
      } else if (isSetting(file.getName())) {
        settings.put(path, value(file));
      }
    }
  }

  /** Nothing where it can only be written, or only be read when it was set. */
  private static String value(File file) {
    try {
      return ProcFs.text(file.getPath()).trim();
    } catch (ProcException e) {
      return "";
    }
  }

  /**
   * Counters are no settings, and the key of TCP fast open is drawn anew each time. ip_forward is
   * another name of conf/all/forwarding.
   */
  private static boolean isSetting(String name) {
    return !name.endsWith("_count")
        && !name.equals("tcp_fastopen_key")
        && !name.equals("ip_forward");
  }

  /**
   * Which settings of a namespace that is given are still to be set: it may be the one that the
   * tree had, or have got its settings already. One that has a third value was somebody's choice
   * since, and is left.
   *
   * @param path of the namespace
   * @param saved from the images
   */
  List<netns_setting> missing(String path, List<netns_setting> saved, PlanWarnings warnings) {
    Map<String, String> there = Visit.into(path, CLONE_NEWNET, () -> read());
    List<netns_setting> missing = new ArrayList<>();
    boolean asSaved = true;
    for (netns_setting setting : saved) {
      String value = there.get(setting.getName());
      asSaved &= setting.getValue().equals(value);
      if (setting.getValue().equals(value) || (value != null && isFresh(setting, value))) {
        missing.add(setting);
      } else {
        warnings.add(
            "the network namespace that was given has "
                + setting.getName().replace('/', '.')
                + (value == null ? " not at all" : " = " + value)
                + ", where the tree had "
                + setting.getValue()
                + "; it is left as it is");
      }
    }
    return asSaved ? List.of() : missing;
  }

  private boolean isFresh(netns_setting setting, String value) {
    return value.equals(fresh.get(setting.getName()));
  }

  /**
   * Appends the calls that set them. Some bound each other, as ip_unprivileged_port_start and
   * ip_local_port_range do, so that which must be first depends on the values: all are set twice,
   * and only the second time none may fail.
   */
  static void plan(ReturnedNamespace namespace, List<netns_setting> settings, Program program) {
    for (netns_setting setting : settings) {
      namespace.setSysctl(program, setting.getName(), setting.getValue()).expectAnything();
    }
    for (netns_setting setting : settings) {
      namespace.setSysctl(program, setting.getName(), setting.getValue());
    }
  }
}
