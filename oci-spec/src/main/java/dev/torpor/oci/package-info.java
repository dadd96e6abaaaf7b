// SPDX-License-Identifier: Apache-2.0
/**
 * What container engines write about a container: the bundle, its state, checkpoint archives.
 *
 * <p>Records hold the fields that are looked at; every other field is kept and written back.
 */
package dev.torpor.oci;
