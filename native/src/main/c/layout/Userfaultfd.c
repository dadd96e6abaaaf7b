// SPDX-License-Identifier: Apache-2.0

#include <linux/types.h>
#include <linux/ioctl.h>
#include <linux/userfaultfd.h>
#ifndef UFFD_FEATURE_WP_UNPOPULATED
#define UFFD_FEATURE_WP_UNPOPULATED (1<<13) // not in the 6.1 headers: since Linux 6.4
#endif
#ifndef UFFD_FEATURE_POISON
#define UFFD_FEATURE_POISON (1<<14) // not in the 6.1 headers: since Linux 6.6
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1<<15) // not in the 6.1 headers: since Linux 6.7
#endif
#ifndef UFFD_FEATURE_MOVE
#define UFFD_FEATURE_MOVE (1<<16) // not in the 6.1 headers: since Linux 6.8
#endif

#include "layout.h"

CONST(Userfaultfd, UFFD_API)
CONST(Userfaultfd, UFFD_USER_MODE_ONLY)
CONST(Userfaultfd, UFFD_FEATURE_PAGEFAULT_FLAG_WP)
CONST(Userfaultfd, UFFD_FEATURE_EVENT_FORK)
CONST(Userfaultfd, UFFD_FEATURE_EVENT_REMAP)
CONST(Userfaultfd, UFFD_FEATURE_EVENT_REMOVE)
CONST(Userfaultfd, UFFD_FEATURE_MISSING_HUGETLBFS)
CONST(Userfaultfd, UFFD_FEATURE_MISSING_SHMEM)
CONST(Userfaultfd, UFFD_FEATURE_EVENT_UNMAP)
CONST(Userfaultfd, UFFD_FEATURE_SIGBUS)
CONST(Userfaultfd, UFFD_FEATURE_THREAD_ID)
CONST(Userfaultfd, UFFD_FEATURE_MINOR_HUGETLBFS)
CONST(Userfaultfd, UFFD_FEATURE_MINOR_SHMEM)
CONST(Userfaultfd, UFFD_FEATURE_EXACT_ADDRESS)
CONST(Userfaultfd, UFFD_FEATURE_WP_HUGETLBFS_SHMEM)
CONST(Userfaultfd, UFFD_FEATURE_WP_UNPOPULATED)
CONST(Userfaultfd, UFFD_FEATURE_POISON)
CONST(Userfaultfd, UFFD_FEATURE_WP_ASYNC)
CONST(Userfaultfd, UFFD_FEATURE_MOVE)
CONST(Userfaultfd, UFFDIO_API)
CONST(Userfaultfd, UFFDIO_REGISTER)
CONST(Userfaultfd, UFFDIO_UNREGISTER)
CONST(Userfaultfd, UFFDIO_WAKE)
CONST(Userfaultfd, UFFDIO_COPY)
CONST(Userfaultfd, UFFDIO_ZEROPAGE)
CONST(Userfaultfd, UFFDIO_WRITEPROTECT)
CONST(Userfaultfd, UFFDIO_CONTINUE)
CONST(Userfaultfd, UFFDIO_REGISTER_MODE_MISSING)
CONST(Userfaultfd, UFFDIO_REGISTER_MODE_WP)
CONST(Userfaultfd, UFFDIO_REGISTER_MODE_MINOR)
CONST(Userfaultfd, UFFDIO_COPY_MODE_DONTWAKE)
CONST(Userfaultfd, UFFDIO_COPY_MODE_WP)
CONST(Userfaultfd, UFFDIO_WRITEPROTECT_MODE_WP)
CONST(Userfaultfd, UFFDIO_WRITEPROTECT_MODE_DONTWAKE)
CONST(Userfaultfd, UFFD_EVENT_PAGEFAULT)
CONST(Userfaultfd, UFFD_EVENT_FORK)
CONST(Userfaultfd, UFFD_EVENT_REMAP)
CONST(Userfaultfd, UFFD_EVENT_REMOVE)
CONST(Userfaultfd, UFFD_EVENT_UNMAP)
CONST(Userfaultfd, UFFD_PAGEFAULT_FLAG_WRITE)
CONST(Userfaultfd, UFFD_PAGEFAULT_FLAG_WP)
CONST(Userfaultfd, UFFD_PAGEFAULT_FLAG_MINOR)

SIZE(Userfaultfd, UffdMsg, struct uffd_msg)
FIELD(Userfaultfd, UffdMsg, event, struct uffd_msg, event)
FIELD(Userfaultfd, UffdMsg, pagefault_flags, struct uffd_msg, arg.pagefault.flags)
FIELD(Userfaultfd, UffdMsg, pagefault_address, struct uffd_msg, arg.pagefault.address)
FIELD(Userfaultfd, UffdMsg, fork_ufd, struct uffd_msg, arg.fork.ufd)
FIELD(Userfaultfd, UffdMsg, remap_from, struct uffd_msg, arg.remap.from)
FIELD(Userfaultfd, UffdMsg, remap_to, struct uffd_msg, arg.remap.to)
FIELD(Userfaultfd, UffdMsg, remap_len, struct uffd_msg, arg.remap.len)
FIELD(Userfaultfd, UffdMsg, remove_start, struct uffd_msg, arg.remove.start)
FIELD(Userfaultfd, UffdMsg, remove_end, struct uffd_msg, arg.remove.end)

SIZE(Userfaultfd, UffdioApi, struct uffdio_api)
FIELD(Userfaultfd, UffdioApi, api, struct uffdio_api, api)
FIELD(Userfaultfd, UffdioApi, features, struct uffdio_api, features)
FIELD(Userfaultfd, UffdioApi, ioctls, struct uffdio_api, ioctls)

SIZE(Userfaultfd, UffdioRange, struct uffdio_range)
FIELD(Userfaultfd, UffdioRange, start, struct uffdio_range, start)
FIELD(Userfaultfd, UffdioRange, len, struct uffdio_range, len)

SIZE(Userfaultfd, UffdioRegister, struct uffdio_register)
FIELD(Userfaultfd, UffdioRegister, range, struct uffdio_register, range)
FIELD(Userfaultfd, UffdioRegister, mode, struct uffdio_register, mode)
FIELD(Userfaultfd, UffdioRegister, ioctls, struct uffdio_register, ioctls)

SIZE(Userfaultfd, UffdioCopy, struct uffdio_copy)
FIELD(Userfaultfd, UffdioCopy, dst, struct uffdio_copy, dst)
FIELD(Userfaultfd, UffdioCopy, src, struct uffdio_copy, src)
FIELD(Userfaultfd, UffdioCopy, len, struct uffdio_copy, len)
FIELD(Userfaultfd, UffdioCopy, mode, struct uffdio_copy, mode)
FIELD(Userfaultfd, UffdioCopy, copy, struct uffdio_copy, copy)

SIZE(Userfaultfd, UffdioZeropage, struct uffdio_zeropage)
FIELD(Userfaultfd, UffdioZeropage, range, struct uffdio_zeropage, range)
FIELD(Userfaultfd, UffdioZeropage, mode, struct uffdio_zeropage, mode)
FIELD(Userfaultfd, UffdioZeropage, zeropage, struct uffdio_zeropage, zeropage)

SIZE(Userfaultfd, UffdioWriteprotect, struct uffdio_writeprotect)
FIELD(Userfaultfd, UffdioWriteprotect, range, struct uffdio_writeprotect, range)
FIELD(Userfaultfd, UffdioWriteprotect, mode, struct uffdio_writeprotect, mode)
