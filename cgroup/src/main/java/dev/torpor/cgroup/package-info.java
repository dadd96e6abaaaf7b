// SPDX-License-Identifier: Apache-2.0
/**
 * Control groups, versions 1 and 2: where hierarchies are mounted, who is in which cgroup, the
 * freezer, and cgroup.img (capture at dump, recreation at restore).
 *
 * <p>Nothing here creates a cgroup2 superblock: FSCONFIG_CMD_CREATE on cgroup2 rewrites the options
 * of the one superblock the whole host shares (CRIU issue 3029). Hierarchies are reached through
 * mounts that exist.
 */
package dev.torpor.cgroup;
