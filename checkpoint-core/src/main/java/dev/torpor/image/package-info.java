// SPDX-License-Identifier: Apache-2.0

/**
 * CRIU's on-disk format, version 1.1 as CRIU 4.2 writes it.
 *
 * <p>A directory of files. Each is either raw (pages, {@code ip} dumps, tar balls) or
 *
 * <pre>
 *   offset  length  what                                             byte order
 *   0       4       0x54564319 (images) or 0x55105940 (stats,        native, which is
 *                   irmap cache); absent in inventory.img            little endian on
 *   4       4       magic of the kind, see ImageType                 every machine
 *   8       4       length of the entry                              Torpor runs on
 *   12      length  entry, a protobuf message
 *   ...             payload of the entry, for a few kinds
 *                   next entry
 * </pre>
 *
 * <p>The messages are described in {@code src/main/proto}. Nothing here uses reflection; reading
 * and writing an image loads only the message classes it contains.
 */
package dev.torpor.image;
