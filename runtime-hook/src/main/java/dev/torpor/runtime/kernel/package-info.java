// SPDX-License-Identifier: Apache-2.0
/** What {@code check} asks the kernel: one small probe per feature, changing nothing that stays. */
package dev.torpor.runtime.kernel;
