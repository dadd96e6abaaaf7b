// SPDX-License-Identifier: Apache-2.0
/** Work that needs no ptrace, done by a second thread beside the one that ptrace is bound to. */
package dev.torpor.concurrent;
