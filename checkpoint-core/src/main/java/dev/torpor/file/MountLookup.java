// SPDX-License-Identifier: Apache-2.0
package dev.torpor.file;

/** What the files rooms must know of a task's mounts. */
public interface MountLookup {
  /** What CRIU writes for a mount that is not part of the checkpoint. */
  int NOT_IN_IMAGES = -1;

  /**
   * The number that images give to a mount.
   *
   * @param subject whose mount it is, for messages
   * @param mntId as numbered in the task's mountinfo and fdinfo
   * @return {@link #NOT_IN_IMAGES} if the mount namespace is not part of the checkpoint
   */
  int imageMountId(String subject, int mntId);

  /** Where Torpor finds what {@code path} names in the task's mount namespace. */
  String hostPath(int pid, String path);

  /** Tasks that live in Torpor's own mount namespace, which is not part of the checkpoint. */
  static MountLookup ofOwnNamespace() {
    return new MountLookup() {
      @Override
      public int imageMountId(String subject, int mntId) {
        return NOT_IN_IMAGES;
      }

      @Override
      public String hostPath(int pid, String path) {
        return path;
      }
    };
  }
}
