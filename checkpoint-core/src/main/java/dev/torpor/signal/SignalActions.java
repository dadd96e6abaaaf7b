// SPDX-License-Identifier: Apache-2.0
package dev.torpor.signal;

import com.google.protobuf.ByteString;
import dev.torpor.error.UnsupportedException;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.sa_entry;
import dev.torpor.image.proto.task_core_entry;
import dev.torpor.inject.Answers;
import dev.torpor.inject.Data;
import dev.torpor.inject.Program;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Signal;
import dev.torpor.linux.Signal.Sigaction;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.task.ThreadRoom;
import dev.torpor.task.ThreadState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a task does with each signal, sigaction(2). Images hold 62 entries: all signals but SIGKILL
 * and SIGSTOP, which have no action.
 *
 * <p>A task has an action of its own for few of them, and each question costs tens of microseconds
 * of its frozen time. Only signals that /proc shows as caught or ignored are asked for. Of the
 * others it is only for SIGCHLD that the kernel heeds flags (SA_NOCLDSTOP, SA_NOCLDWAIT). Flags and
 * mask that signal(3) may have left beside a default action are not carried.
 *
 * <p>SIGCHLD is different on return. Children that are zombies in the image die during the restore;
 * while they do, SIGCHLD must have its default action, or an inherited SIG_IGN would let them
 * vanish. The signals they send are not in the image; the kernel drops pending ones when the action
 * is set to one that ignores them, as the default of SIGCHLD does. So it gets its own action when
 * everybody has met, after its default once more.
 */
public final class SignalActions implements ThreadRoom {
  private static final int COUNT = Signal._NSIG - 2;

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    if (!thread.isLeader()) {
      return (core, answers) -> {};
    }
    long own =
        thread.status().mask("SigCgt")
            | thread.status().mask("SigIgn")
            | Signal.bit(Signal.SIGCHLD);
    Data[] actions = new Data[Signal._NSIG + 1];
    for (int signo = 1; signo <= Signal._NSIG; signo++) {
      if (hasAction(signo) && (own & Signal.bit(signo)) != 0) {
        actions[signo] = questions.reserve(Sigaction.SIZEOF);
        questions
            .call("reading action of " + SignalName.of(signo), Nr.SYS_rt_sigaction)
            .arg(signo)
            .arg(0)
            .arg(actions[signo])
            .arg(Signal.SIGSET_BYTES);
      }
    }
    return (core, answers) -> capture(actions, core.task(), answers);
  }

  private static void capture(Data[] actions, task_core_entry.Builder tc, Answers answers) {
    sa_entry none =
        sa_entry
            .newBuilder()
            .setSigaction(Signal.SIG_DFL)
            .setFlags(0)
            .setRestorer(0)
            .setMask(0)
            .setCompatSigaction(false)
            .build();
    for (int signo = 1; signo <= Signal._NSIG; signo++) {
      if (hasAction(signo)) {
        tc.addSigactions(actions[signo] == null ? none : entry(actions[signo], answers));
      }
    }
  }

  private static sa_entry entry(Data action, Answers answers) {
    return sa_entry
        .newBuilder()
        .setSigaction(answers.getLong(action, Sigaction.sa_handler))
        .setFlags(answers.getLong(action, Sigaction.sa_flags))
        .setRestorer(answers.getLong(action, Sigaction.sa_restorer))
        .setMask(answers.getLong(action, Sigaction.sa_mask))
        .setCompatSigaction(false)
        .build();
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!plan.isLeader()) {
      return;
    }
    List<sa_entry> entries = core.getTc().getSigactionsList();
    check(entries, plan.subject());
    plan.at(
        Step.CLEAR, program -> setChildDefault("resetting SIGCHLD of " + plan.subject(), program));
    plan.at(Step.SIGNALS, program -> setAll(entries, plan.subject(), program));
    plan.at(
        Step.ARM,
        program -> {
          setChildDefault("dropping SIGCHLD of the restore in " + plan.subject(), program);
          set(Signal.SIGCHLD, data(entries.get(index(Signal.SIGCHLD)), program), plan, program);
        });
  }

  private static void check(List<sa_entry> entries, String subject) {
    if (entries.size() != COUNT) {
      throw new UnsupportedException(
          subject,
          "its image has "
              + entries.size()
              + " signal actions instead of "
              + COUNT
              + "; images with sigacts-PID.img, of CRIU before 3.0, are not restored");
    }
    for (sa_entry entry : entries) {
      if (entry.getCompatSigaction()) {
        throw new UnsupportedException(subject, "it is a 32-bit task, which is not carried");
      }
    }
  }

  private static void setAll(List<sa_entry> entries, String subject, Program program) {
    // Most are equal: the default. By bytes: the hash code of a message needs its descriptor,
    // which costs milliseconds in a JVM that has just started.
    Map<ByteString, Data> written = new HashMap<>();
    int i = 0;
    for (int signo = 1; signo <= Signal._NSIG; signo++) {
      if (!hasAction(signo)) {
        continue;
      }
      sa_entry entry = entries.get(i++);
      if (signo == Signal.SIGCHLD) {
        continue;
      }
      ByteString bytes = entry.toByteString();
      Data action = written.get(bytes);
      if (action == null) {
        action = data(entry, program);
        written.put(bytes, action);
      }
      set(signo, action, subject, program);
    }
  }

  private static void setChildDefault(String purpose, Program program) {
    rtSigaction(purpose, Signal.SIGCHLD, program.reserve(Sigaction.SIZEOF), program);
  }

  private static void set(int signo, Data action, ThreadPlan plan, Program program) {
    set(signo, action, plan.subject(), program);
  }

  private static void set(int signo, Data action, String subject, Program program) {
    String purpose = "restoring signal action of " + SignalName.of(signo) + " in " + subject;
    rtSigaction(purpose, signo, action, program);
  }

  private static void rtSigaction(String purpose, int signo, Data action, Program program) {
    program
        .call(purpose, Nr.SYS_rt_sigaction)
        .arg(signo)
        .arg(action)
        .arg(0)
        .arg(Signal.SIGSET_BYTES);
  }

  private static Data data(sa_entry entry, Program program) {
    return program
        .reserve(Sigaction.SIZEOF)
        .putLong(Sigaction.sa_handler, entry.getSigaction())
        .putLong(Sigaction.sa_flags, entry.getFlags())
        .putLong(Sigaction.sa_restorer, entry.getRestorer())
        .putLong(Sigaction.sa_mask, entry.getMask());
  }

  private static boolean hasAction(int signo) {
    return signo != Signal.SIGKILL && signo != Signal.SIGSTOP;
  }

  /** Where the entry of a signal stands; SIGKILL is left out before it, SIGSTOP too. */
  private static int index(int signo) {
    return signo - 1 - (signo > Signal.SIGKILL ? 1 : 0) - (signo > Signal.SIGSTOP ? 1 : 0);
  }
}
