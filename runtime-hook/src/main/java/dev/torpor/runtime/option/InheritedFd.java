// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/**
 * A descriptor of our own process that stands in for a dumped resource ({@code --inherit-fd}, RPC
 * {@code inherit_fd}).
 *
 * @param fd number in the table of the process the caller started
 * @param resource {@code pipe:[ino]}, {@code tty[rdev:dev]}, {@code extRootNetNS}, a path ...
 */
public record InheritedFd(int fd, String resource) {}
