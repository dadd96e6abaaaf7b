// SPDX-License-Identifier: Apache-2.0
package dev.torpor.task;

import dev.torpor.error.UnsupportedException;
import dev.torpor.image.FieldWriter;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.creds_entry;
import dev.torpor.image.proto.thread_core_entry;
import dev.torpor.inject.Data;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Capability;
import dev.torpor.linux.Capability.UserCapData;
import dev.torpor.linux.Capability.UserCapHeader;
import dev.torpor.linux.Nr;
import dev.torpor.linux.Prctl;
import dev.torpor.plan.Machine;
import dev.torpor.plan.Step;
import dev.torpor.plan.ThreadPlan;
import dev.torpor.proc.TaskStatus;
import java.util.List;

/**
 * Identity and capabilities of a thread, credentials(7) and capabilities(7). All but the securebits
 * stands in /proc/PID/task/TID/status, as seen from the user namespace of the reader.
 *
 * <p>Ordering on return, all by a thread that is still root:
 *
 * <ol>
 *   <li>SECBIT_NO_SETUID_FIXUP, so that giving up uid 0 does not take capabilities away;
 *   <li>groups, group ids, user ids; fsuid and fsgid last, as setresuid sets them too;
 *   <li>the real securebits and the bounding set, which need CAP_SETPCAP;
 *   <li>capset, then the ambient set, which must be both permitted and inheritable;
 *   <li>no_new_privs.
 * </ol>
 */
public final class Credentials implements ThreadRoom {
  // include/uapi/linux/securebits.h
  private static final int SECBIT_NO_CAP_AMBIENT_RAISE = 1 << 6;

  private static final int CAP_WORDS = Capability._LINUX_CAPABILITY_U32S_3;

  // Columns of Uid and Gid in status.
  private static final int REAL = 0;
  private static final int EFFECTIVE = 1;
  private static final int SAVED = 2;
  private static final int FS = 3;

  private static final long UNSIGNED_INT = 0xffffffffL;

  private final SecurityProfile profiles = new SecurityProfile();
  private String lastLines = "";
  private int lastSecurebits;
  private FieldWriter last;

  @Override
  public void refuse(ThreadState thread) {
    profiles.refuse(thread);
  }

  @Override
  public Capture ask(ThreadState thread, Program questions) {
    refuse(thread);
    Op securebits = questions.call("reading securebits", Nr.SYS_prctl).arg(Prctl.PR_GET_SECUREBITS);
    return (core, answers) ->
        core.thread()
            .embedded(
                thread_core_entry.CREDS_FIELD_NUMBER,
                seen(thread, (int) answers.result(securebits)));
  }

  /** Threads of a task nearly always have the same: only one is read then. */
  private synchronized FieldWriter seen(ThreadState thread, int securebits) {
    TaskStatus status = thread.status();
    String lines = status.lines("Uid", "Groups") + status.lines("CapInh", "NoNewPrivs");
    if (!lines.equals(lastLines) || lastSecurebits != securebits) {
      creds_entry creds = seen(status).setSecbits(securebits).build();
      checkAmbient(creds, thread.subject());
      last = FieldWriter.of(creds);
      lastSecurebits = securebits;
      lastLines = lines;
    }
    return last;
  }

  private static creds_entry.Builder seen(TaskStatus status) {
    int[] uid = status.numbers("Uid");
    int[] gid = status.numbers("Gid");
    creds_entry.Builder creds =
        creds_entry
            .newBuilder()
            .setUid(uid[REAL])
            .setEuid(uid[EFFECTIVE])
            .setSuid(uid[SAVED])
            .setFsuid(uid[FS])
            .setGid(gid[REAL])
            .setEgid(gid[EFFECTIVE])
            .setSgid(gid[SAVED])
            .setFsgid(gid[FS]);
    for (int group : status.numbers("Groups")) {
      creds.addGroups(group);
    }
    long inheritable = status.mask("CapInh");
    long permitted = status.mask("CapPrm");
    long effective = status.mask("CapEff");
    long bounding = status.mask("CapBnd");
    long ambient = status.mask("CapAmb");
    for (int word = 0; word < CAP_WORDS; word++) {
      int shift = word * Integer.SIZE;
      creds
          .addCapInh((int) (inheritable >> shift))
          .addCapPrm((int) (permitted >> shift))
          .addCapEff((int) (effective >> shift))
          .addCapBnd((int) (bounding >> shift))
          .addCapAmb((int) (ambient >> shift));
    }
    int noNewPrivs = status.number("NoNewPrivs");
    return noNewPrivs == 0 ? creds : creds.setNoNewPrivs(noNewPrivs);
  }

  @Override
  public void plan(core_entry core, core_entry leader, ThreadPlan plan) {
    if (!core.getThreadCore().hasCreds()) {
      throw new UnsupportedException(
          plan.subject(),
          "its image has no credentials; images with creds-PID.img, of CRIU before 1.6, are not"
              + " restored");
    }
    creds_entry creds = core.getThreadCore().getCreds();
    check(creds, plan);
    plan.at(
        Step.CREDENTIALS,
        program -> {
          setSecurebits(
              "keeping capabilities of ", Capability.SECBIT_NO_SETUID_FIXUP, plan, program);
          setIds(creds, plan, program);
          setSecurebits("restoring securebits of ", creds.getSecbits(), plan, program);
          dropBounding(mask(creds.getCapBndList()), plan, program);
          setCapabilities(creds, plan, program);
          raiseAmbient(mask(creds.getCapAmbList()), plan, program);
          if (creds.getNoNewPrivs() != 0) {
            prctl("restoring no_new_privs of ", Prctl.PR_SET_NO_NEW_PRIVS, plan, program).arg(1);
          }
        });
  }

  private static void check(creds_entry creds, ThreadPlan plan) {
    if (creds.hasLsmProfile() || creds.hasLsmSockcreate()) {
      throw new UnsupportedException(
          plan.subject(),
          "its image has a profile of a security module ("
              + (creds.hasLsmProfile() ? creds.getLsmProfile() : creds.getLsmSockcreate())
              + "), which is not carried");
    }
    checkAmbient(creds, plan.subject());
  }

  private static void checkAmbient(creds_entry creds, String subject) {
    boolean locked = (creds.getSecbits() & SECBIT_NO_CAP_AMBIENT_RAISE) != 0;
    if (locked && mask(creds.getCapAmbList()) != 0) {
      throw new UnsupportedException(
          subject,
          "it has ambient capabilities together with SECBIT_NO_CAP_AMBIENT_RAISE, which cannot be"
              + " returned");
    }
  }

  private static void setIds(creds_entry creds, ThreadPlan plan, Program program) {
    List<Integer> groups = creds.getGroupsList();
    Op setgroups = program.call("restoring groups of ", plan, Nr.SYS_setgroups).arg(groups.size());
    if (!groups.isEmpty()) {
      Data list = program.reserve(groups.size() * Integer.BYTES);
      for (int i = 0; i < groups.size(); i++) {
        list.putInt(i * Integer.BYTES, groups.get(i));
      }
      setgroups.arg(list);
    }
    program
        .call("restoring group ids of ", plan, Nr.SYS_setresgid)
        .arg(creds.getGid())
        .arg(creds.getEgid())
        .arg(creds.getSgid());
    setFilesystemId("restoring fsgid of ", Nr.SYS_setfsgid, creds.getFsgid(), plan, program);
    program
        .call("restoring user ids of ", plan, Nr.SYS_setresuid)
        .arg(creds.getUid())
        .arg(creds.getEuid())
        .arg(creds.getSuid());
    setFilesystemId("restoring fsuid of ", Nr.SYS_setfsuid, creds.getFsuid(), plan, program);
  }

  /** These calls give back the id before, whether they did something or not. */
  private static void setFilesystemId(
      String what, int nr, int id, ThreadPlan plan, Program program) {
    program.call(what, plan, nr).arg(id).expectAnything();
    program.call(what, plan, nr).arg(-1).expect(id & UNSIGNED_INT);
  }

  private static void setSecurebits(String what, int bits, ThreadPlan plan, Program program) {
    prctl(what, Prctl.PR_SET_SECUREBITS, plan, program).arg(bits);
  }

  private static int lastCapability(ThreadPlan plan) {
    return plan.facts().get(Machine.class).lastCapability();
  }

  private static void dropBounding(long kept, ThreadPlan plan, Program program) {
    int lastCapability = lastCapability(plan);
    for (int capability = 0; capability <= lastCapability; capability++) {
      if ((kept & 1L << capability) == 0) {
        prctl(
                "dropping bounding capability " + capability + " of ",
                Prctl.PR_CAPBSET_DROP,
                plan,
                program)
            .arg(capability);
      }
    }
  }

  /** What this kernel does not know it would refuse; such bits stand for nothing here. */
  private void setCapabilities(creds_entry creds, ThreadPlan plan, Program program) {
    long known = -1L >>> (Long.SIZE - 1 - lastCapability(plan));
    Data header =
        program
            .reserve(UserCapHeader.SIZEOF)
            .putInt(UserCapHeader.version, Capability._LINUX_CAPABILITY_VERSION_3);
    Data data = program.reserve(CAP_WORDS * UserCapData.SIZEOF);
    long[] sets = {
      mask(creds.getCapEffList()) & known,
      mask(creds.getCapPrmList()) & known,
      mask(creds.getCapInhList()) & known
    };
    for (int word = 0; word < CAP_WORDS; word++) {
      for (int set = 0; set < sets.length; set++) {
        // effective, permitted, inheritable
        int at = word * UserCapData.SIZEOF + set * Integer.BYTES;
        data.putInt(at, (int) (sets[set] >> (word * Integer.SIZE)));
      }
    }
    program.call("restoring capabilities of ", plan, Nr.SYS_capset).arg(header).arg(data);
  }

  private void raiseAmbient(long ambient, ThreadPlan plan, Program program) {
    prctl("clearing ambient capabilities of ", Prctl.PR_CAP_AMBIENT, plan, program)
        .arg(Prctl.PR_CAP_AMBIENT_CLEAR_ALL);
    int lastCapability = lastCapability(plan);
    for (int capability = 0; capability <= lastCapability; capability++) {
      if ((ambient & 1L << capability) != 0) {
        prctl(
                "raising ambient capability " + capability + " of ",
                Prctl.PR_CAP_AMBIENT,
                plan,
                program)
            .arg(Prctl.PR_CAP_AMBIENT_RAISE)
            .arg(capability);
      }
    }
  }

  private static Op prctl(String what, int option, ThreadPlan plan, Program program) {
    return program.call(what, plan, Nr.SYS_prctl).arg(option);
  }

  private static long mask(List<Integer> words) {
    long mask = 0;
    for (int i = 0; i < words.size() && i < CAP_WORDS; i++) {
      mask |= (words.get(i) & UNSIGNED_INT) << (i * Integer.SIZE);
    }
    return mask;
  }
}
