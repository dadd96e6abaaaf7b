// SPDX-License-Identifier: Apache-2.0
/**
 * Descriptors and what they refer to. Each kind of open file has one room that recognises it,
 * captures it into its image entry and plans its return.
 */
package dev.torpor.file;
