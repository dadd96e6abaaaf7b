// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.ImageType;
import dev.torpor.image.proto.SysctlType;
import dev.torpor.image.proto.sysctl_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.ErrnoException;
import dev.torpor.proc.ProcException;
import dev.torpor.proc.ProcFs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Files of one directory below /proc/sys, and their values as a list in an image. The list says
 * only by its order which value is whose; one that the kernel did not have is absent.
 *
 * @param directory from /proc/sys
 * @param names of the files, in the order of the list
 */
record SysctlList(String directory, List<String> names) {
  /** All others are numbers. */
  private static final Set<String> TEXTS = Set.of("stable_secret", "ping_group_range");

  /** The ping_group_range of a new namespace, which CRIU leaves out. */
  private static final String NO_GROUP = "1\t0\n";

  private static final sysctl_entry NOT_THERE =
      sysctl_entry.newBuilder().setType(SysctlType.CTL_32).build();

  /** The kernel changes it when forwarding is changed: it is set last. */
  private static final String FOLLOWER = "accept_redirects";

  /** Whether a file below /proc/sys is one of them. */
  boolean has(String path) {
    int slash = path.lastIndexOf('/');
    return path.substring(0, slash).equals(directory) && names.contains(path.substring(slash + 1));
  }

  /** Reads them; {@code sys} is where /proc/sys is. */
  List<sysctl_entry> capture(String sys) {
    List<sysctl_entry> values = new ArrayList<>(names.size());
    for (String name : names) {
      values.add(value(sys + "/" + directory + "/" + name, TEXTS.contains(name)));
    }
    return values;
  }

  private static sysctl_entry value(String path, boolean isText) {
    sysctl_entry.Builder value =
        sysctl_entry.newBuilder().setType(isText ? SysctlType.CTL_STR : SysctlType.CTL_32);
    String text = text(path);
    if (text != null && isText && !text.equals(NO_GROUP)) {
      value.setSarg(text);
    } else if (text != null && !isText) {
      value.setIarg(number(path, text));
    }
    return value.build();
  }

  /** Null if this kernel has no such file, or the secret was never set, which is EIO. */
  private static String text(String path) {
    try {
      return ProcFs.text(path);
    } catch (ProcException e) {
      if (e.gone() || (e.getCause() instanceof ErrnoException cause && cause.is(Errno.EIO))) {
        return null;
      }
      throw e;
    }
  }

  private static int number(String path, String text) {
    try {
      return Integer.parseInt(text.trim());
    } catch (NumberFormatException e) {
      ProcException malformed = new ProcException(path, text, "a number");
      malformed.addSuppressed(e);
      throw malformed;
    }
  }

  /** Appends the calls that set the values. */
  void plan(ReturnedNamespace namespace, List<sysctl_entry> values, Program program) {
    if (values.size() > names.size()) {
      throw NetImage.lost(
          namespace, ImageType.NETNS, "a setting of " + directory + " that CRIU 4.2 does not have");
    }
    int last = names.indexOf(FOLLOWER);
    for (int i = 0; i < values.size(); i++) {
      if (i != last) {
        plan(namespace, names.get(i), values.get(i), program);
      }
    }
    if (last >= 0 && last < values.size()) {
      plan(namespace, FOLLOWER, values.get(last), program);
    }
  }

  /**
   * Appends the calls that set those values that differ from others.
   *
   * @param usual values that are there already, in the same order
   * @param left the name of one that is left out
   */
  void planOthers(
      ReturnedNamespace namespace,
      List<sysctl_entry> values,
      List<sysctl_entry> usual,
      String left,
      Program program) {
    List<sysctl_entry> others = new ArrayList<>(values.size());
    boolean differ = false;
    for (int i = 0; i < values.size(); i++) {
      boolean same = i < usual.size() && values.get(i).equals(usual.get(i));
      boolean set = i < names.size() && !same && !names.get(i).equals(left);
      differ |= set;
      boolean follows = i < names.size() && names.get(i).equals(FOLLOWER);
      others.add(set || (follows && differ) ? values.get(i) : NOT_THERE);
    }
    plan(namespace, others, program);
  }

  /** The value of one of a list, or null if the list is shorter. */
  sysctl_entry of(List<sysctl_entry> values, String name) {
    int number = names.indexOf(name);
    return number < values.size() ? values.get(number) : null;
  }

  void plan(ReturnedNamespace namespace, String name, sysctl_entry value, Program program) {
    if (value.hasIarg()) {
      namespace.setSysctl(program, directory + "/" + name, Integer.toString(value.getIarg()));
    } else if (value.hasSarg()) {
      namespace.setSysctl(program, directory + "/" + name, value.getSarg().trim());
    }
  }
}
