// SPDX-License-Identifier: Apache-2.0
/** Live TCP connections: read and made anew by TCP_REPAIR, held still by a table of nftables. */
package dev.torpor.tcp;
