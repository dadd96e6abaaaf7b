// SPDX-License-Identifier: Apache-2.0
/**
 * Dump and restore of a process tree as a whole: the order of events, and what belongs to the tree
 * rather than to one of its objects. No other package of this module knows it.
 */
package dev.torpor.core;
