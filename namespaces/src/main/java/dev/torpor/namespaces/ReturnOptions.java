// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.nd_type;
import dev.torpor.image.proto.net_device_entry;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** What a caller says about the namespaces and mounts of a restore. */
public final class ReturnOptions {
  private final Map<String, String> mounts = new HashMap<>();
  private final Map<NamespaceKind, String> joined = new EnumMap<>(NamespaceKind.class);

  /** Where devices lead, by their kind and name as in veth[eth0]. */
  private final Map<String, String> devices = new HashMap<>();

  /** Stands for a path that only a restore can name, in the plan that a dump makes. */
  private static final String UNKNOWN_PATH = "/to/be/said";

  private static final String UNKNOWN_DEVICE = "tobesaid";

  private String root;
  private boolean toBeSaid;
  private boolean timeNamespace = true;
  private boolean emptyNet;

  /** Where the new root is mounted on this host ({@code --root}, RPC {@code root}). */
  public ReturnOptions root(String path) {
    root = path;
    return this;
  }

  /** The plan is not to be executed: the new root and where mounts come from are said later. */
  public ReturnOptions toBeSaid() {
    toBeSaid = true;
    root = UNKNOWN_PATH;
    return this;
  }

  /** What is bound where the images say {@code key} (RPC {@code ext_mnt}). */
  public ReturnOptions externalMount(String key, String path) {
    mounts.put(key, path);
    return this;
  }

  /**
   * One {@code --external}: {@code mnt[KEY]:PATH}, {@code veth[IN]:OUT@BRIDGE} and {@code
   * macvlan[IN]:OUT} are about a restore.
   */
  public ReturnOptions external(String text) {
    int close = text.indexOf("]:");
    // mnt[]:FLAGS is about a dump; what it found is in the images.
    if (text.startsWith("mnt[") && close > "mnt[".length()) {
      externalMount(text.substring("mnt[".length(), close), text.substring(close + 2));
    } else if (close > 0 && (text.startsWith("veth[") || text.startsWith("macvlan["))) {
      devices.put(text.substring(0, close + 1), text.substring(close + 2));
    }
    return this;
  }

  /**
   * A namespace to join instead of making one ({@code --join-ns}, RPC {@code join_ns}).
   *
   * @param kind as in /proc/PID/ns
   * @param file its path on this host, or a pid in decimal
   */
  public ReturnOptions join(String kind, String file) {
    NamespaceKind known = NamespaceKind.ofFileName(kind);
    String why = whyNotJoined(known);
    if (why != null) {
      throw new UnsupportedException("--join-ns " + kind + ":" + file, why);
    }
    boolean pid = !file.isEmpty() && file.chars().allMatch(Character::isDigit);
    joined.put(known, pid ? "/proc/" + file + "/ns/" + kind : file);
    return this;
  }

  private static String whyNotJoined(NamespaceKind kind) {
    if (kind == null) {
      return "there is no such kind of namespace; net, uts, ipc and time namespaces are joined";
    }
    return switch (kind) {
      case NET, UTS, IPC, TIME -> null;
      case PID ->
          "a tree cannot change its pid namespace; dump it with --external pid[INODE]:KEY, and give"
              + " --inherit-fd fd[NUMBER]:KEY with a descriptor of the namespace";
      case MNT ->
          "a mount namespace is not joined; run the restore in it, with nsenter --mount=FILE";
      case USER -> "a user namespace is not joined; leave it out to restore into Torpor's own";
      case CGROUP ->
          "a cgroup namespace is not joined; the tree gets one at its own cgroup, see --cgroup-root";
    };
  }

  /** The network namespace is made without the content of the images ({@code --empty-ns net}). */
  public ReturnOptions emptyNet(boolean empty) {
    emptyNet = empty;
    return this;
  }

  /**
   * Whether the tree gets a time namespace in which its clocks run on from the dump. So it is by
   * default, as CRIU does it.
   */
  public ReturnOptions timeNamespace(boolean wanted) {
    timeNamespace = wanted;
    return this;
  }

  String root() {
    return root;
  }

  /** Paths on the restoring host by key; of all external mounts, if they are {@link #toBeSaid}. */
  Map<String, String> mounts(MountTree tree) {
    if (!toBeSaid) {
      return mounts;
    }
    Map<String, String> all = new HashMap<>();
    for (Mount mount : tree.mounts()) {
      if (mount.isExternal()) {
        all.put(mount.externalKey, UNKNOWN_PATH);
      }
    }
    return all;
  }

  /** Path of the namespace to join, or null. */
  String joined(NamespaceKind kind) {
    return joined.get(kind);
  }

  Iterable<Map.Entry<NamespaceKind, String>> joined() {
    return joined.entrySet();
  }

  boolean isToBeSaid() {
    return toBeSaid;
  }

  /** The name outside of where a device leads, with {@code @} and its bridge's behind; or null. */
  String outerDevice(net_device_entry device) {
    String kind = device.getType() == nd_type.MACVLAN ? "macvlan[" : "veth[";
    String said = devices.get(kind + device.getName() + "]");
    return said == null && toBeSaid ? UNKNOWN_DEVICE : said;
  }

  boolean isTimeNamespace() {
    return timeNamespace;
  }

  boolean isEmptyNet() {
    return emptyNet;
  }
}
