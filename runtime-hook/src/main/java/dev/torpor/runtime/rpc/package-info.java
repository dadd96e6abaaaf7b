// SPDX-License-Identifier: Apache-2.0
/** {@code swrk}: CRIU's protobuf messages on the socket a container runtime hands over. */
package dev.torpor.runtime.rpc;
