// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/**
 * A mount that is made outside the tree ({@code --ext-mount-map}, RPC {@code ext_mnt}).
 *
 * @param key on dump the mount point inside, on restore the name it was dumped under
 * @param value on dump the name to write, on restore the path to mount from outside
 */
public record ExternalMount(String key, String value) {}
