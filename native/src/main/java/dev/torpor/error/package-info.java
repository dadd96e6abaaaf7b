// SPDX-License-Identifier: Apache-2.0
/** What goes wrong, told in one line that a person can act on. Every package may throw these. */
package dev.torpor.error;
