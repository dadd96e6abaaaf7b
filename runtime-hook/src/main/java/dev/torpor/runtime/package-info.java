// SPDX-License-Identifier: Apache-2.0
/**
 * The front ends: CRIU's command line and {@code swrk}, over {@link
 * dev.torpor.runtime.engine.Engine}.
 */
package dev.torpor.runtime;
