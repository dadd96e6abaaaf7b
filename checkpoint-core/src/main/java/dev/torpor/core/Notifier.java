// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

/** Told of the stages of a dump or restore: RPC clients and action scripts. */
@FunctionalInterface
public interface Notifier {
  /** The stages, with the names that CRIU gives to scripts and RPC clients. */
  enum Action {
    PRE_DUMP("pre-dump"),
    POST_DUMP("post-dump"),
    PRE_RESTORE("pre-restore"),
    POST_RESTORE("post-restore"),
    NETWORK_LOCK("network-lock"),
    NETWORK_UNLOCK("network-unlock"),
    SETUP_NAMESPACES("setup-namespaces"),
    POST_SETUP_NAMESPACES("post-setup-namespaces"),
    PRE_RESUME("pre-resume"),
    POST_RESUME("post-resume"),
    ORPHAN_PTS_MASTER("orphan-pts-master"),
    STATUS_READY("status-ready"),
    QUERY_EXT_FILES("query-ext-files");

    private final String scriptName;

    Action(String scriptName) {
      this.scriptName = scriptName;
    }

    /** The stage that scripts know by this name. */
    static Action ofScript(String name) {
      for (Action action : values()) {
        if (action.scriptName.equals(name)) {
          return action;
        }
      }
      throw new IllegalArgumentException("no stage is called " + name);
    }

    /** {@code CRTOOLS_SCRIPT_ACTION}, {@code criu_notify.script}. */
    public String scriptName() {
      return scriptName;
    }
  }

  /** Nobody is told. */
  Notifier NONE = (action, pid) -> 0;

  /**
   * Tells of a stage and waits for the answer.
   *
   * @param pid the root task's pid as Torpor sees it, 0 if there is none yet
   * @return 0 to go on, else a script's exit status; what that means depends on the stage
   */
  int notify(Action action, int pid);

  /**
   * Gives a descriptor to whoever can take one at a stage: {@link Action#ORPHAN_PTS_MASTER}. Only
   * RPC clients can.
   *
   * @param fd stays the caller's, who closes it
   * @return whether somebody has taken it
   */
  default boolean give(Action action, int fd) {
    return false;
  }
}
