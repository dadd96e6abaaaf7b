// SPDX-License-Identifier: Apache-2.0

#include <linux/memfd.h>
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x8U // not in the 6.1 headers: since Linux 6.3
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U // not in the 6.1 headers: since Linux 6.3
#endif

#include "layout.h"

CONST(Memfd, MFD_CLOEXEC)
CONST(Memfd, MFD_ALLOW_SEALING)
CONST(Memfd, MFD_HUGETLB)
CONST(Memfd, MFD_NOEXEC_SEAL)
CONST(Memfd, MFD_EXEC)
CONST(Memfd, MFD_HUGE_SHIFT)
CONST(Memfd, MFD_HUGE_2MB)
CONST(Memfd, MFD_HUGE_1GB)
