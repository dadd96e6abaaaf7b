// SPDX-License-Identifier: Apache-2.0
/** What commands print. */
package dev.torpor.runtime.output;
