// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.hook;

import dev.torpor.runtime.option.Opt;

/**
 * What a container can ask for by an annotation {@code torpor.NAME=VALUE}. Where no other name is
 * given it is that of the option.
 *
 * <p>Annotations may come from people who may start containers and nothing else, so there is none
 * for options that run a program, or name files of the host. Nor is there one for what engines
 * decide for each checkpoint, or tell of each container.
 */
enum Annotation {
  CHECKPOINT("checkpoint", null),
  TCP("tcp", null),
  SKIP_IN_FLIGHT(Opt.SKIP_IN_FLIGHT),
  NETWORK_LOCK(Opt.NETWORK_LOCK),
  EXTERNAL_UNIX("external-unix", Opt.EXT_UNIX_SK),
  WEAK_SYSCTLS(Opt.WEAK_SYSCTLS),
  FILE_LOCKS(Opt.FILE_LOCKS),
  LINK_REMAP(Opt.LINK_REMAP),
  GHOST_LIMIT(Opt.GHOST_LIMIT),
  EVASIVE_DEVICES(Opt.EVASIVE_DEVICES),
  FORCE_IRMAP(Opt.FORCE_IRMAP),
  IRMAP_SCAN_PATH(Opt.IRMAP_SCAN_PATH),
  FILE_VALIDATION(Opt.FILE_VALIDATION),
  SKIP_FILE_RWX_CHECK(Opt.SKIP_FILE_RWX_CHECK),
  ENABLE_FS(Opt.ENABLE_FS),
  ENABLE_EXTERNAL_SHARING(Opt.ENABLE_EXTERNAL_SHARING),
  ENABLE_EXTERNAL_MASTERS(Opt.ENABLE_EXTERNAL_MASTERS),
  SKIP_MNT(Opt.SKIP_MNT),
  MANAGE_CGROUPS(Opt.MANAGE_CGROUPS),
  ALLOW_UPROBES(Opt.ALLOW_UPROBES),
  TIMEOUT(Opt.TIMEOUT);

  /** What all begin with. */
  static final String PREFIX = "torpor.";

  private final String suffix;
  private final Opt option;

  Annotation(Opt option) {
    this(option.longName(), option);
  }

  Annotation(String suffix, Opt option) {
    this.suffix = suffix;
    this.option = option;
  }

  /** Its name without the prefix. */
  String suffix() {
    return suffix;
  }

  /** The option whose values it takes, null if it has values of its own. */
  Opt option() {
    return option;
  }

  /** The annotation of a name without its prefix, null when there is none. */
  static Annotation of(String suffix) {
    for (Annotation annotation : values()) {
      if (annotation.suffix.equals(suffix)) {
        return annotation;
      }
    }
    return null;
  }

  /** All names, for a message. */
  static String names() {
    StringBuilder names = new StringBuilder();
    for (Annotation annotation : values()) {
      names.append(names.length() == 0 ? "" : ", ").append(PREFIX).append(annotation.suffix);
    }
    return names.toString();
  }
}
