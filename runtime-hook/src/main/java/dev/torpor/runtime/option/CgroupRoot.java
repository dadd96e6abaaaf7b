// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/**
 * Another root for restored cgroups ({@code --cgroup-root}, RPC {@code cg_root}).
 *
 * @param controller controllers as in /proc/PID/cgroup; empty for the unified hierarchy; null when
 *     the path holds for every controller without one of its own
 * @param path path below the hierarchy's mount
 */
public record CgroupRoot(String controller, String path) {}
