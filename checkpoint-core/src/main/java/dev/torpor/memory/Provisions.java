// SPDX-License-Identifier: Apache-2.0
package dev.torpor.memory;

import dev.torpor.file.ServiceFd;
import dev.torpor.inject.Program;

/**
 * What every task has at hand while its memory is restored.
 *
 * @param images descriptor of the image directory
 * @param proc descriptor of /proc
 * @param room address of {@link #ROOM_BYTES} that nothing uses
 * @param place where shared memory is mapped while it is made: room for the largest of the tree
 */
public record Provisions(ServiceFd images, ServiceFd proc, long room, long place) {
  /** Size of the room. */
  public static final long ROOM_BYTES = Program.ROOM_BYTES;
}
