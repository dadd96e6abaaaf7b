// SPDX-License-Identifier: Apache-2.0
/** What the rooms of all kernel objects have in common, and their catalogue. */
package dev.torpor.room;
