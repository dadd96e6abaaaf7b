// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;

/**
 * An entry that a dump has serialised already.
 *
 * @param whole what is written
 * @param planned what a plan of the restore is made of: the same, or less by what no plan asks for
 */
public record Serialised(FieldWriter whole, Message planned) {}
