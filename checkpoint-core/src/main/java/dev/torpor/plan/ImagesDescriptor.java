// SPDX-License-Identifier: Apache-2.0
package dev.torpor.plan;

/**
 * The fact where programs find the directory of the images.
 *
 * @param number a descriptor that all tasks have until their last step
 */
public record ImagesDescriptor(int number) {}
