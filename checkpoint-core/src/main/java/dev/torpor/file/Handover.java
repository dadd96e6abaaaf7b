// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * A descriptor that a restore gives to its caller when all files are open; without a taker the
 * restore fails.
 *
 * @param stage of the notification that it goes with: {@code orphan-pts-master}
 * @param fd its number, kept with {@link FilesPlanner#reserve}
 * @param pid the task that has it
 * @param refusal what a user reads if nobody takes it
 */
public record Handover(String stage, ServiceFd fd, int pid, String refusal) {}
