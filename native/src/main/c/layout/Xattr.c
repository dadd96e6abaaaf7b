// SPDX-License-Identifier: Apache-2.0

#include <linux/limits.h>

#include "layout.h"

CONST(Xattr, XATTR_LIST_MAX)
CONST(Xattr, XATTR_SIZE_MAX)
