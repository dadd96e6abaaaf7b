// SPDX-License-Identifier: Apache-2.0
/** Timers that send signals to their process: interval timers and POSIX timers. */
package dev.torpor.timer;
