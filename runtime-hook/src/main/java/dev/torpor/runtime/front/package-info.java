// SPDX-License-Identifier: Apache-2.0
/**
 * {@code torpor-runtime}: the command line of an OCI runtime, in front of runc or crun. The
 * launcher (runtime.c) hands over here what they do not do by themselves.
 */
package dev.torpor.runtime.front;
