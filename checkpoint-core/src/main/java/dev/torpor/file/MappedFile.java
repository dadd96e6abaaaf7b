// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/**
 * What images say of a file that is mapped.
 *
 * @param id in files.img
 * @param status bits of its kind in the status of a mapping, {@link FileRoom#mappedAs}
 */
public record MappedFile(int id, int status) {}
