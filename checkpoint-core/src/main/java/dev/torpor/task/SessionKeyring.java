// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.session_keyring_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Keyctl;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.KeysFile;

/**
 * The session keyring of a task, session-keyring(7), which a task gets by birth: runc, crun and
 * systemd join a new one before they start a program. One like it is made by a restore, with name,
 * owner and permissions; keys are not copied, and the log says whose are lost. Only the task itself
 * sees its keyring, and is asked only if there may be any but those that the kernel makes for each
 * user: the question gives that of its user to one that has none.
 */
public final class SessionKeyring implements ThreadRoom {
  /** A name of a container runtime has its id of 64 digits. */
  private static final int DESCRIPTION_BYTES = 256;

  private static final String TYPE = "keyring";
  private static final String OF_USER = "_uid_ses.";

  /** That of one which was made without a name. */
  private static final String UNNAMED = "_ses";

  private static final int HEXADECIMAL = 16;

  private Boolean mayHaveOwn;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader() || !mayHaveOwn(thread)) {
      return (core, answers) -> {};
    }
    Op id = keyctl(questions, Keyctl.KEYCTL_GET_KEYRING_ID, Keyctl.KEY_SPEC_SESSION_KEYRING);
    Data description = questions.reserve(DESCRIPTION_BYTES);
    Op length =
        keyctl(questions, Keyctl.KEYCTL_DESCRIBE, Keyctl.KEY_SPEC_SESSION_KEYRING)
            .arg(description)
            .arg(DESCRIPTION_BYTES);
    Op keys = keyctl(questions, Keyctl.KEYCTL_READ, Keyctl.KEY_SPEC_SESSION_KEYRING).arg(0).arg(0);
    Op process = keyctl(questions, Keyctl.KEYCTL_GET_KEYRING_ID, Keyctl.KEY_SPEC_PROCESS_KEYRING);
    Op own = keyctl(questions, Keyctl.KEYCTL_GET_KEYRING_ID, Keyctl.KEY_SPEC_THREAD_KEYRING);
    return (core, answers) -> {
      warnOf("process", answers.result(process), thread);
      warnOf("thread", answers.result(own), thread);
      if (answers.result(length) > DESCRIPTION_BYTES) {
        warn(thread, "its session keyring has too long a name, and will be that of who restores");
      } else if (answers.result(id) > 0 && answers.result(length) > 0) {
        session_keyring_entry keyring =
            entry((int) answers.result(id), answers.getString(description));
        if (keyring != null) {
          core.task().setSessionKeyring(keyring);
          warnOfKeys(keyring.getName(), answers, keys, thread);
        }
      }
    };
  }

  /** Once for all tasks. */
  private synchronized boolean mayHaveOwn(ThreadState thread) {
    if (mayHaveOwn == null) {
      mayHaveOwn = KeysFile.mayHaveOwn(thread.proc());
    }
    return mayHaveOwn;
  }

  private static Op keyctl(Program questions, int request, int keyring) {
    return questions
        .call("asking for keyrings", Nr.SYS_keyctl)
        .arg(request)
        .arg(keyring)
        .expectAnything();
  }

  private static void warnOf(String kind, long id, ThreadState thread) {
    if (id > 0) {
      warn(thread, "it has a " + kind + " keyring, which is not carried: it will have none");
    }
  }

  private static void warnOfKeys(String name, Answers answers, Op keys, ThreadState thread) {
    long bytes = answers.result(keys);
    if (bytes != 0) {
      String count = bytes < 0 ? "" : " (" + bytes / Integer.BYTES + ")";
      warn(thread, "the keys" + count + " in its session keyring " + name + " will not be there");
    }
  }

  private static void warn(ThreadState thread, String what) {
    thread.facts().get(Warnings.class).add(thread.subject() + ": " + what);
  }

  /** Null for that of its user; of {@code keyring;0;0;3f130000;_ses.name}. */
  static session_keyring_entry entry(int id, String description) {
    String[] fields = new String[4];
    int at = 0;
    for (int i = 0; i < fields.length; i++) {
      int end = description.indexOf(';', at);
      if (end < 0) {
        return null;
      }
      fields[i] = description.substring(at, end);
      at = end + 1;
    }
    String name = description.substring(at);
    if (!fields[0].equals(TYPE) || name.startsWith(OF_USER)) {
      return null;
    }
    return session_keyring_entry
        .newBuilder()
        .setId(id)
        .setName(name)
        .setUid(Integer.parseInt(fields[1]))
        .setGid(Integer.parseInt(fields[2]))
        .setPerm(Integer.parseUnsignedInt(fields[3], HEXADECIMAL))
        .build();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    // By birth, or before others are born: planBirth().
  }

  /**
   * Plans the keyring that a task and its descendants have.
   *
   * @param core its leader's
   * @param parent that of its parent; null for the root task
   */
  public static void planBirth(core_entry core, core_entry parent, ThreadPlan plan) {
    if (!core.getTc().hasSessionKeyring()) {
      return;
    }
    session_keyring_entry keyring = core.getTc().getSessionKeyring();
    if (parent != null && parent.getTc().getSessionKeyring().getId() == keyring.getId()) {
      return;
    }
    plan.at(
        Step.INHERIT,
        program -> {
          Op join =
              program
                  .call("joining session keyring of ", plan, Nr.SYS_keyctl)
                  .arg(Keyctl.KEYCTL_JOIN_SESSION_KEYRING);
          if (keyring.getName().equals(UNNAMED)) {
            join.arg(0);
          } else {
            join.arg(program.string(keyring.getName()));
          }
          if (keyring.getUid() != 0 || keyring.getGid() != 0) {
            program
                .call("owner of session keyring of ", plan, Nr.SYS_keyctl)
                .arg(Keyctl.KEYCTL_CHOWN)
                .arg(Keyctl.KEY_SPEC_SESSION_KEYRING)
                .arg(keyring.getUid())
                .arg(keyring.getGid());
          }
          program
              .call("permissions of session keyring of ", plan, Nr.SYS_keyctl)
              .arg(Keyctl.KEYCTL_SETPERM)
              .arg(Keyctl.KEY_SPEC_SESSION_KEYRING)
              .arg(Integer.toUnsignedLong(keyring.getPerm()));
        });
  }
}
