// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/**
 * An existing namespace to restore into ({@code --join-ns}, RPC {@code join_ns}).
 *
 * @param kind net, uts, ipc, pid, user, mnt, time, cgroup as in /proc/PID/ns
 * @param file path of a namespace file, or a pid in decimal
 * @param extra what a user namespace needs besides ({@code UID,GID}), or null
 */
public record JoinedNamespace(String kind, String file, String extra) {}
