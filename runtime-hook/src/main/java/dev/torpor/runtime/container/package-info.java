// SPDX-License-Identifier: Apache-2.0
/** {@code torpor container}: containers of any engine, and their checkpoints. */
package dev.torpor.runtime.container;
