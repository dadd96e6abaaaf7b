// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/ipc.h>
#include <linux/shm.h>
#include <linux/sem.h>
#include <linux/msg.h>
// include/linux/shm.h, in no header that user space sees.
#define SHM_DEST 01000
#define SHM_LOCKED 02000

#include "layout.h"

CONST(SysvIpc, IPC_CREAT)
CONST(SysvIpc, IPC_EXCL)
CONST(SysvIpc, IPC_NOWAIT)
CONST(SysvIpc, IPC_RMID)
CONST(SysvIpc, IPC_SET)
CONST(SysvIpc, IPC_STAT)
CONST(SysvIpc, SHM_RDONLY)
CONST(SysvIpc, SHM_LOCK)
CONST(SysvIpc, SHM_DEST)
CONST(SysvIpc, SHM_LOCKED)
CONST(SysvIpc, GETALL)
CONST(SysvIpc, SETALL)
CONST(SysvIpc, SEMVMX)
CONST(SysvIpc, MSG_COPY)

FIELD(SysvIpc, Ipc64Perm, uid, struct ipc64_perm, uid)
FIELD(SysvIpc, Ipc64Perm, gid, struct ipc64_perm, gid)
FIELD(SysvIpc, Ipc64Perm, mode, struct ipc64_perm, mode)

SIZE(SysvIpc, Shmid64Ds, struct shmid64_ds)

SIZE(SysvIpc, Semid64Ds, struct semid64_ds)

SIZE(SysvIpc, Msqid64Ds, struct msqid64_ds)
FIELD(SysvIpc, Msqid64Ds, msg_qbytes, struct msqid64_ds, msg_qbytes)

SIZE(SysvIpc, Sembuf, struct sembuf)
FIELD(SysvIpc, Sembuf, sem_num, struct sembuf, sem_num)
FIELD(SysvIpc, Sembuf, sem_op, struct sembuf, sem_op)
FIELD(SysvIpc, Sembuf, sem_flg, struct sembuf, sem_flg)
