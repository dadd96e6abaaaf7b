// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.inject.Op;
import dev.torpor.inject.Program;
import dev.torpor.linux.Fcntl;
import dev.torpor.plan.Facts;
import dev.torpor.proc.Clocks;

/**
 * A namespace that is restored.
 *
 * @param images where its images are
 * @param options of the restore
 * @param clocks this host's, a moment ago
 * @param facts what the rooms of this restore know of each other
 * @param id its number in the images
 * @param isPart whether it was another than the dumper's
 * @param proc number of a descriptor of /proc; -1 while the task sees Torpor's mounts
 */
record ReturnedNamespace(
    ImageStore images,
    ReturnOptions options,
    Clocks clocks,
    Facts facts,
    int id,
    boolean isPart,
    int proc) {
  /** The only entry of an image that must be there. */
  <M extends Message> M only(ImageType type, Parser<M> parser) {
    return images.only(type, id, parser);
  }

  /** The only entry of an image, or null. */
  <M extends Message> M optional(ImageType type, Parser<M> parser) {
    return images.optional(type, id, parser);
  }

  /**
   * Appends the calls that set a limit or switch of the task's own namespace: /proc/sys shows the
   * reader's.
   *
   * @param name from /proc/sys
   * @return the write, which must take the value unless the caller says otherwise
   */
  Op setSysctl(Program program, String name, String value) {
    String purpose = "setting sysctl " + name.replace('/', '.') + " to " + value;
    String path = "sys/" + name;
    boolean ofTorpor = proc < 0;
    return FileWrite.append(
        program,
        purpose,
        ofTorpor ? Fcntl.AT_FDCWD : proc,
        ofTorpor ? "/proc/" + path : path,
        value);
  }
}
