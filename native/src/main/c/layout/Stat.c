// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000 // not in the 6.1 headers: since Linux 6.8
#endif
#ifndef STATX_SUBVOL
#define STATX_SUBVOL 0x8000 // not in the 6.1 headers: since Linux 6.10
#endif
// include/linux/fs_types.h, in no header of the kernel that user space sees.
#define DT_UNKNOWN 0
#define DT_DIR (S_IFDIR>>12)
// fs/readdir.c, in no header that user space sees.
struct linux_dirent64 { __u64 d_ino; __s64 d_off; unsigned short d_reclen; unsigned char d_type; char d_name[]; };

#include "layout.h"

CONST(Stat, S_IFMT)
CONST(Stat, S_IFSOCK)
CONST(Stat, S_IFLNK)
CONST(Stat, S_IFREG)
CONST(Stat, S_IFBLK)
CONST(Stat, S_IFDIR)
CONST(Stat, S_IFCHR)
CONST(Stat, S_IFIFO)
CONST(Stat, S_ISUID)
CONST(Stat, S_ISGID)
CONST(Stat, S_ISVTX)
CONST(Stat, DT_UNKNOWN)
CONST(Stat, DT_DIR)
CONST(Stat, STATX_TYPE)
CONST(Stat, STATX_MODE)
CONST(Stat, STATX_NLINK)
CONST(Stat, STATX_UID)
CONST(Stat, STATX_GID)
CONST(Stat, STATX_ATIME)
CONST(Stat, STATX_MTIME)
CONST(Stat, STATX_CTIME)
CONST(Stat, STATX_INO)
CONST(Stat, STATX_SIZE)
CONST(Stat, STATX_BLOCKS)
CONST(Stat, STATX_BASIC_STATS)
CONST(Stat, STATX_BTIME)
CONST(Stat, STATX_MNT_ID)
CONST(Stat, STATX_DIOALIGN)
CONST(Stat, STATX_MNT_ID_UNIQUE)
CONST(Stat, STATX_SUBVOL)
CONST(Stat, STATX_ATTR_COMPRESSED)
CONST(Stat, STATX_ATTR_IMMUTABLE)
CONST(Stat, STATX_ATTR_APPEND)
CONST(Stat, STATX_ATTR_NODUMP)
CONST(Stat, STATX_ATTR_ENCRYPTED)
CONST(Stat, STATX_ATTR_AUTOMOUNT)
CONST(Stat, STATX_ATTR_MOUNT_ROOT)
CONST(Stat, STATX_ATTR_VERITY)
CONST(Stat, STATX_ATTR_DAX)

SIZE(Stat, StructStat, struct stat)
FIELD(Stat, StructStat, st_dev, struct stat, st_dev)
FIELD(Stat, StructStat, st_ino, struct stat, st_ino)
FIELD(Stat, StructStat, st_nlink, struct stat, st_nlink)
FIELD(Stat, StructStat, st_mode, struct stat, st_mode)
FIELD(Stat, StructStat, st_uid, struct stat, st_uid)
FIELD(Stat, StructStat, st_gid, struct stat, st_gid)
FIELD(Stat, StructStat, st_rdev, struct stat, st_rdev)
FIELD(Stat, StructStat, st_size, struct stat, st_size)
FIELD(Stat, StructStat, st_blksize, struct stat, st_blksize)
FIELD(Stat, StructStat, st_blocks, struct stat, st_blocks)
FIELD(Stat, StructStat, st_atime, struct stat, st_atime)
FIELD(Stat, StructStat, st_atime_nsec, struct stat, st_atime_nsec)
FIELD(Stat, StructStat, st_mtime, struct stat, st_mtime)
FIELD(Stat, StructStat, st_mtime_nsec, struct stat, st_mtime_nsec)
FIELD(Stat, StructStat, st_ctime, struct stat, st_ctime)
FIELD(Stat, StructStat, st_ctime_nsec, struct stat, st_ctime_nsec)

SIZE(Stat, Statx, struct statx)
FIELD(Stat, Statx, stx_mask, struct statx, stx_mask)
FIELD(Stat, Statx, stx_blksize, struct statx, stx_blksize)
FIELD(Stat, Statx, stx_attributes, struct statx, stx_attributes)
FIELD(Stat, Statx, stx_nlink, struct statx, stx_nlink)
FIELD(Stat, Statx, stx_uid, struct statx, stx_uid)
FIELD(Stat, Statx, stx_gid, struct statx, stx_gid)
FIELD(Stat, Statx, stx_mode, struct statx, stx_mode)
FIELD(Stat, Statx, stx_ino, struct statx, stx_ino)
FIELD(Stat, Statx, stx_size, struct statx, stx_size)
FIELD(Stat, Statx, stx_blocks, struct statx, stx_blocks)
FIELD(Stat, Statx, stx_attributes_mask, struct statx, stx_attributes_mask)
FIELD(Stat, Statx, stx_atime, struct statx, stx_atime)
FIELD(Stat, Statx, stx_btime, struct statx, stx_btime)
FIELD(Stat, Statx, stx_ctime, struct statx, stx_ctime)
FIELD(Stat, Statx, stx_mtime, struct statx, stx_mtime)
FIELD(Stat, Statx, stx_rdev_major, struct statx, stx_rdev_major)
FIELD(Stat, Statx, stx_rdev_minor, struct statx, stx_rdev_minor)
FIELD(Stat, Statx, stx_dev_major, struct statx, stx_dev_major)
FIELD(Stat, Statx, stx_dev_minor, struct statx, stx_dev_minor)
FIELD(Stat, Statx, stx_mnt_id, struct statx, stx_mnt_id)
FIELD(Stat, Statx, stx_dio_mem_align, struct statx, stx_dio_mem_align)
FIELD(Stat, Statx, stx_dio_offset_align, struct statx, stx_dio_offset_align)

SIZE(Stat, StatxTimestamp, struct statx_timestamp)
FIELD(Stat, StatxTimestamp, tv_sec, struct statx_timestamp, tv_sec)
FIELD(Stat, StatxTimestamp, tv_nsec, struct statx_timestamp, tv_nsec)

SIZE(Stat, Statfs, struct statfs)
FIELD(Stat, Statfs, f_type, struct statfs, f_type)
FIELD(Stat, Statfs, f_bsize, struct statfs, f_bsize)
FIELD(Stat, Statfs, f_blocks, struct statfs, f_blocks)
FIELD(Stat, Statfs, f_bfree, struct statfs, f_bfree)
FIELD(Stat, Statfs, f_bavail, struct statfs, f_bavail)
FIELD(Stat, Statfs, f_files, struct statfs, f_files)
FIELD(Stat, Statfs, f_ffree, struct statfs, f_ffree)
FIELD(Stat, Statfs, f_fsid, struct statfs, f_fsid)
FIELD(Stat, Statfs, f_namelen, struct statfs, f_namelen)
FIELD(Stat, Statfs, f_frsize, struct statfs, f_frsize)
FIELD(Stat, Statfs, f_flags, struct statfs, f_flags)

SIZE(Stat, LinuxDirent64, struct linux_dirent64)
FIELD(Stat, LinuxDirent64, d_ino, struct linux_dirent64, d_ino)
FIELD(Stat, LinuxDirent64, d_off, struct linux_dirent64, d_off)
FIELD(Stat, LinuxDirent64, d_reclen, struct linux_dirent64, d_reclen)
FIELD(Stat, LinuxDirent64, d_type, struct linux_dirent64, d_type)
FIELD(Stat, LinuxDirent64, d_name, struct linux_dirent64, d_name)
