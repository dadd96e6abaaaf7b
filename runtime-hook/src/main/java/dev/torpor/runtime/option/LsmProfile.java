// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@code --lsm-profile TYPE:NAME} of a restore. A tree under AppArmor or SELinux is not dumped, so
 * there is no profile to replace; what would confine a tree that was not is refused.
 */
final class LsmProfile {
  private static final String NONE = "none";

  private LsmProfile() {}

  /**
   * The option's text.
   *
   * @throws OptionException if it is of a module that the kernel does not have, as with CRIU, or
   *     would label the tasks
   */
  static String checked(String text, String origin) {
    int colon = text.indexOf(':');
    String module = colon < 0 ? "" : text.substring(0, colon);
    String name = text.substring(colon + 1);
    switch (module) {
      case NONE -> {
        return text;
      }
      case "apparmor" -> need(text, "/sys/kernel/security/apparmor", origin);
      case "selinux" -> need(text, "/sys/fs/selinux", origin);
      default ->
          throw OptionException.badValue(
              origin, "--lsm-profile", text, "apparmor:NAME, selinux:LABEL or none:");
    }
    if (module.equals("apparmor") && name.equals("unconfined")) {
      return text;
    }
    throw new OptionException(
        origin
            + ": --lsm-profile "
            + text
            + ": tasks are not put under a profile: use CRIU for this operation");
  }

  private static void need(String text, String directory, String origin) {
    if (!Files.exists(Path.of(directory))) {
      throw new OptionException(
          origin
              + ": --lsm-profile "
              + text
              + ": this kernel has no such module ("
              + directory
              + "): leave it out");
    }
  }
}
