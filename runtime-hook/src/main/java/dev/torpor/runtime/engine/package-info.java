// SPDX-License-Identifier: Apache-2.0
/** What both front ends share: one operation with its directories, log, hooks and statistics. */
package dev.torpor.runtime.engine;
