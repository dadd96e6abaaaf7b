// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/mount.h>
#include <linux/fcntl.h>
// include/linux/fs.h, in no header that user space sees.
#define MNT_FORCE 1
#define MNT_DETACH 2
#define MNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8
#ifndef MOVE_MOUNT_BENEATH
#define MOVE_MOUNT_BENEATH 0x200 // not in the 6.1 headers: since Linux 6.5
#endif
#ifndef FSCONFIG_CMD_CREATE_EXCL
#define FSCONFIG_CMD_CREATE_EXCL 8 // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef LSMT_ROOT
#define LSMT_ROOT 0xffffffffffffffffULL // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_SB_BASIC
#define STATMOUNT_SB_BASIC 0x1U // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_MNT_BASIC
#define STATMOUNT_MNT_BASIC 0x2U // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_PROPAGATE_FROM
#define STATMOUNT_PROPAGATE_FROM 0x4U // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_MNT_ROOT
#define STATMOUNT_MNT_ROOT 0x8U // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_MNT_POINT
#define STATMOUNT_MNT_POINT 0x10U // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_FS_TYPE
#define STATMOUNT_FS_TYPE 0x20U // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATMOUNT_MNT_NS_ID
#define STATMOUNT_MNT_NS_ID 0x40U // not in the 6.1 headers: since Linux 6.11
#endif
#ifndef STATMOUNT_MNT_OPTS
#define STATMOUNT_MNT_OPTS 0x80U // not in the 6.1 headers: since Linux 6.11
#endif

#include "layout.h"

CONST(Mount, MS_RDONLY)
CONST(Mount, MS_NOSUID)
CONST(Mount, MS_NODEV)
CONST(Mount, MS_NOEXEC)
CONST(Mount, MS_SYNCHRONOUS)
CONST(Mount, MS_REMOUNT)
CONST(Mount, MS_MANDLOCK)
CONST(Mount, MS_DIRSYNC)
CONST(Mount, MS_NOSYMFOLLOW)
CONST(Mount, MS_NOATIME)
CONST(Mount, MS_NODIRATIME)
CONST(Mount, MS_BIND)
CONST(Mount, MS_MOVE)
CONST(Mount, MS_REC)
CONST(Mount, MS_SILENT)
CONST(Mount, MS_POSIXACL)
CONST(Mount, MS_UNBINDABLE)
CONST(Mount, MS_PRIVATE)
CONST(Mount, MS_SLAVE)
CONST(Mount, MS_SHARED)
CONST(Mount, MS_RELATIME)
CONST(Mount, MS_KERNMOUNT)
CONST(Mount, MS_I_VERSION)
CONST(Mount, MS_STRICTATIME)
CONST(Mount, MS_LAZYTIME)
CONST(Mount, MNT_FORCE)
CONST(Mount, MNT_DETACH)
CONST(Mount, MNT_EXPIRE)
CONST(Mount, UMOUNT_NOFOLLOW)
CONST(Mount, OPEN_TREE_CLONE)
CONST(Mount, OPEN_TREE_CLOEXEC)
CONST(Mount, MOVE_MOUNT_F_SYMLINKS)
CONST(Mount, MOVE_MOUNT_F_AUTOMOUNTS)
CONST(Mount, MOVE_MOUNT_F_EMPTY_PATH)
CONST(Mount, MOVE_MOUNT_T_SYMLINKS)
CONST(Mount, MOVE_MOUNT_T_AUTOMOUNTS)
CONST(Mount, MOVE_MOUNT_T_EMPTY_PATH)
CONST(Mount, MOVE_MOUNT_SET_GROUP)
CONST(Mount, MOVE_MOUNT_BENEATH)
CONST(Mount, FSOPEN_CLOEXEC)
CONST(Mount, FSPICK_CLOEXEC)
CONST(Mount, FSPICK_SYMLINK_NOFOLLOW)
CONST(Mount, FSPICK_NO_AUTOMOUNT)
CONST(Mount, FSPICK_EMPTY_PATH)
CONST(Mount, FSMOUNT_CLOEXEC)
CONST(Mount, FSCONFIG_SET_FLAG)
CONST(Mount, FSCONFIG_SET_STRING)
CONST(Mount, FSCONFIG_SET_BINARY)
CONST(Mount, FSCONFIG_SET_PATH)
CONST(Mount, FSCONFIG_SET_PATH_EMPTY)
CONST(Mount, FSCONFIG_SET_FD)
CONST(Mount, FSCONFIG_CMD_CREATE)
CONST(Mount, FSCONFIG_CMD_RECONFIGURE)
CONST(Mount, FSCONFIG_CMD_CREATE_EXCL)
CONST(Mount, MOUNT_ATTR_RDONLY)
CONST(Mount, MOUNT_ATTR_NOSUID)
CONST(Mount, MOUNT_ATTR_NODEV)
CONST(Mount, MOUNT_ATTR_NOEXEC)
CONST(Mount, MOUNT_ATTR__ATIME)
CONST(Mount, MOUNT_ATTR_RELATIME)
CONST(Mount, MOUNT_ATTR_NOATIME)
CONST(Mount, MOUNT_ATTR_STRICTATIME)
CONST(Mount, MOUNT_ATTR_NODIRATIME)
CONST(Mount, MOUNT_ATTR_IDMAP)
CONST(Mount, MOUNT_ATTR_NOSYMFOLLOW)
CONST(Mount, LSMT_ROOT)
CONST(Mount, STATMOUNT_SB_BASIC)
CONST(Mount, STATMOUNT_MNT_BASIC)
CONST(Mount, STATMOUNT_PROPAGATE_FROM)
CONST(Mount, STATMOUNT_MNT_ROOT)
CONST(Mount, STATMOUNT_MNT_POINT)
CONST(Mount, STATMOUNT_FS_TYPE)
CONST(Mount, STATMOUNT_MNT_NS_ID)
CONST(Mount, STATMOUNT_MNT_OPTS)

SIZE(Mount, MountAttr, struct mount_attr)
FIELD(Mount, MountAttr, attr_set, struct mount_attr, attr_set)
FIELD(Mount, MountAttr, attr_clr, struct mount_attr, attr_clr)
FIELD(Mount, MountAttr, propagation, struct mount_attr, propagation)
FIELD(Mount, MountAttr, userns_fd, struct mount_attr, userns_fd)
