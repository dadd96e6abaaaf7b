// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/**
 * System V IPC and POSIX message queues: constants and layouts. include/uapi/linux/ipc.h and kin.
 */
public final class Ipc {

  public static final int IPC_CREAT = 0x200;
  public static final int IPC_EXCL = 0x400;
  public static final int IPC_NOWAIT = 0x800;
  public static final int IPC_RMID = 0x0;
  public static final int IPC_SET = 0x1;
  public static final int IPC_STAT = 0x2;
  public static final int IPC_INFO = 0x3;
  public static final int IPC_PRIVATE = 0x0;

  // MSG_COPY since Linux 3.8, SHM_STAT_ANY and kin since 4.17.
  public static final int SHM_RDONLY = 0x1000;
  public static final int SHM_RND = 0x2000;
  public static final int SHM_REMAP = 0x4000;
  public static final int SHM_EXEC = 0x8000;
  public static final int SHM_HUGETLB = 0x800;
  public static final int SHM_NORESERVE = 0x1000;
  public static final int SHM_LOCK = 0xb;
  public static final int SHM_UNLOCK = 0xc;
  public static final int SHM_STAT = 0xd;
  public static final int SHM_INFO = 0xe;
  public static final int SHM_STAT_ANY = 0xf;
  public static final int GETPID = 11;
  public static final int GETVAL = 12;
  public static final int GETALL = 13;
  public static final int GETNCNT = 14;
  public static final int GETZCNT = 15;
  public static final int SETVAL = 16;
  public static final int SETALL = 17;
  public static final int SEM_STAT = 18;
  public static final int SEM_INFO = 19;
  public static final int SEM_STAT_ANY = 20;
  public static final int SEM_UNDO = 4096;
  public static final int MSG_STAT = 11;
  public static final int MSG_INFO = 12;
  public static final int MSG_STAT_ANY = 13;
  public static final int MSG_NOERROR = 0x1000;
  public static final int MSG_EXCEPT = 0x2000;
  public static final int MSG_COPY = 0x4000;

  private Ipc() {}

  /** Offsets within {@code struct ipc64_perm}. */
  public static final class Ipc64Perm {
    public static final int SIZEOF = 48;
    public static final int key = 0;
    public static final int uid = 4;
    public static final int gid = 8;
    public static final int cuid = 12;
    public static final int cgid = 16;
    public static final int mode = 20;
    public static final int seq = 24;

    private Ipc64Perm() {}
  }

  /** Offsets within {@code struct shmid64_ds}. */
  public static final class Shmid64Ds {
    public static final int SIZEOF = 112;
    public static final int shm_perm = 0;
    public static final int shm_segsz = 48;
    public static final int shm_atime = 56;
    public static final int shm_dtime = 64;
    public static final int shm_ctime = 72;
    public static final int shm_cpid = 80;
    public static final int shm_lpid = 84;
    public static final int shm_nattch = 88;

    private Shmid64Ds() {}
  }

  /** Offsets within {@code struct semid64_ds}. */
  public static final class Semid64Ds {
    public static final int SIZEOF = 104;
    public static final int sem_perm = 0;
    public static final int sem_otime = 48;
    public static final int sem_ctime = 64;
    public static final int sem_nsems = 80;

    private Semid64Ds() {}
  }

  /** Offsets within {@code struct msqid64_ds}. */
  public static final class Msqid64Ds {
    public static final int SIZEOF = 120;
    public static final int msg_perm = 0;
    public static final int msg_stime = 48;
    public static final int msg_rtime = 56;
    public static final int msg_ctime = 64;
    public static final int msg_cbytes = 72;
    public static final int msg_qnum = 80;
    public static final int msg_qbytes = 88;
    public static final int msg_lspid = 96;
    public static final int msg_lrpid = 100;

    private Msqid64Ds() {}
  }

  /** Offsets within {@code struct mq_attr}. */
  public static final class MqAttr {
    public static final int SIZEOF = 64;
    public static final int mq_flags = 0;
    public static final int mq_maxmsg = 8;
    public static final int mq_msgsize = 16;
    public static final int mq_curmsgs = 24;

    private MqAttr() {}
  }
}
