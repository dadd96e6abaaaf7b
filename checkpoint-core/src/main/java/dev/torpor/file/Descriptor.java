// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** To be filled by the files room. */
public interface Descriptor {}
