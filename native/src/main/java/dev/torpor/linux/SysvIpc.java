// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * System V IPC: shared memory, semaphores, message queues. From
 * include/uapi/linux/{ipc,shm,sem,msg}.h and the structures of asm-generic that they include; see
 * sysvipc(7).
 */
public final class SysvIpc {
  // include/uapi/linux/ipc.h.
  public static final int IPC_CREAT = 512;
  public static final int IPC_EXCL = 1024;
  public static final int IPC_NOWAIT = 2048;
  public static final int IPC_RMID = 0;
  public static final int IPC_SET = 1;
  public static final int IPC_STAT = 2;

  // include/uapi/linux/shm.h; the last two are in include/linux/shm.h, and in what shmctl(2) tells.
  public static final int SHM_RDONLY = 4096;
  public static final int SHM_LOCK = 11;
  public static final int SHM_DEST = 512;
  public static final int SHM_LOCKED = 1024;

  // include/uapi/linux/sem.h.
  public static final int GETALL = 13;
  public static final int SETALL = 17;
  public static final int SEMVMX = 32767;

  /** Copies message number {@code msgtyp} and leaves it; include/uapi/linux/msg.h, since 3.8. */
  public static final int MSG_COPY = 16384;

  private SysvIpc() {}

  /** Offsets within {@code struct ipc64_perm}, which the three below begin with. */
  public static final class Ipc64Perm {
    public static final int uid = 4;
    public static final int gid = 8;
    public static final int mode = 20;

    private Ipc64Perm() {}
  }

  /** Size of {@code struct shmid64_ds}. */
  public static final class Shmid64Ds {
    public static final int SIZEOF = 112;

    private Shmid64Ds() {}
  }

  /** Size of {@code struct semid64_ds}. */
  public static final class Semid64Ds {
    public static final int SIZEOF = 104;

    private Semid64Ds() {}
  }

  /** Offsets within {@code struct msqid64_ds}. */
  public static final class Msqid64Ds {
    public static final int SIZEOF = 120;
    public static final int msg_qbytes = 88;

    private Msqid64Ds() {}
  }

  /** Offsets within {@code struct sembuf}. */
  public static final class Sembuf {
    public static final int SIZEOF = 6;
    public static final int sem_num = 0;
    public static final int sem_op = 2;
    public static final int sem_flg = 4;

    private Sembuf() {}
  }
}
