// SPDX-License-Identifier: Apache-2.0
/** Parsers of what /proc says of a task; proc(5). The root is a parameter. */
package dev.torpor.proc;
