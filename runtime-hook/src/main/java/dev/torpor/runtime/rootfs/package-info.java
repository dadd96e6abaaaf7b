// SPDX-License-Identifier: Apache-2.0
/** Root file systems of containers as archives have them: what changed, and what was deleted. */
package dev.torpor.runtime.rootfs;
