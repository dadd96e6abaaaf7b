// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.error.UnsupportedException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** What a caller says about namespaces and mounts that stay outside of a checkpoint. */
public final class DumpOptions {
  private final Map<String, String> mounts = new HashMap<>();
  private final Map<String, String> namespaces = new HashMap<>();
  private final Set<String> skipped = new HashSet<>();
  private boolean findsExternalMounts;
  private boolean externalMasters;
  private boolean emptyNet;
  private Consumer<String> warnings = warning -> {};

  /**
   * A mount that a restore finds under {@code key} ({@code --ext-mount-map}, RPC {@code ext_mnt},
   * {@code --external mnt[PATH]:KEY}).
   */
  public DumpOptions externalMount(String mountPoint, String key) {
    mounts.put(mountPoint, key);
    return this;
  }

  /** Where a dump says what will be other after a restore. */
  public DumpOptions warnings(Consumer<String> warnings) {
    this.warnings = warnings;
    return this;
  }

  void warn(String warning) {
    warnings.accept(warning);
  }

  /**
   * One {@code --external} in the form {@code KIND[ID]:KEY}; kinds that are not about mounts and
   * namespaces are passed over.
   *
   * @throws UnsupportedException if it does not read like this
   */
  public DumpOptions external(String text) {
    int open = text.indexOf('[');
    int close = text.indexOf("]", open + 1);
    if (open < 0 || close < 0) {
      throw new UnsupportedException("--external " + text, "it does not read KIND[ID]:KEY");
    }
    String kind = text.substring(0, open);
    String id = text.substring(open + 1, close);
    boolean known = kind.equals("mnt") || kind.equals("net") || kind.equals("pid");
    if (!known) {
      return this;
    }
    if (id.isEmpty() && kind.equals("mnt")) {
      findExternalMounts(text, text.substring(close + 1));
      return this;
    }
    if (!text.startsWith(":", close + 1)) {
      throw new UnsupportedException("--external " + text, "the key is missing: KIND[ID]:KEY");
    }
    String key = text.substring(close + 2);
    (kind.equals("mnt") ? mounts : namespaces).put(kind.equals("mnt") ? id : kind + id, key);
    return this;
  }

  /** The flags are CRIU's: m permits masters outside, s sharing with mounts outside. */
  private void findExternalMounts(String text, String flags) {
    if (!List.of("", ":", ":m", ":s", ":ms", ":sm").contains(flags)) {
      throw new UnsupportedException(
          "--external " + text, "behind mnt[] there may be flags only: mnt[]:m, mnt[]:s, mnt[]:ms");
    }
    findsExternalMounts = true;
    externalMasters |= flags.contains("m");
  }

  /** Mounts that come from outside are looked for ({@code --ext-mount-map auto}). */
  public DumpOptions findsExternalMounts(boolean find) {
    findsExternalMounts |= find;
    return this;
  }

  /** Those found may receive mounts from outside ({@code --enable-external-masters}). */
  public DumpOptions externalMasters(boolean permitted) {
    externalMasters |= permitted;
    return this;
  }

  boolean findsExternalMounts() {
    return findsExternalMounts;
  }

  boolean isExternalMasters() {
    return externalMasters;
  }

  /** A mount to leave out, with what is mounted below it ({@code --skip-mnt}). */
  public DumpOptions skippedMount(String mountPoint) {
    skipped.add(mountPoint);
    return this;
  }

  /** The network namespace comes back without content ({@code --empty-ns net}). */
  public DumpOptions emptyNet(boolean empty) {
    emptyNet = empty;
    return this;
  }

  String mountKey(String mountPoint) {
    return mounts.get(mountPoint);
  }

  String namespaceKey(NamespaceKind kind, String inode) {
    return namespaces.get(kind.fileName() + inode);
  }

  boolean isSkipped(String mountPoint) {
    return skipped.contains(mountPoint);
  }

  boolean isEmptyNet() {
    return emptyNet;
  }
}
