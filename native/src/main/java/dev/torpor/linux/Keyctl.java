// SPDX-License-Identifier: Apache-2.0
package dev.torpor.linux;

/** Requests of keyctl(2), and names of keyrings that each task has: include/uapi/linux/keyctl.h. */
public final class Keyctl {
  public static final int KEYCTL_GET_KEYRING_ID = 0;
  public static final int KEYCTL_JOIN_SESSION_KEYRING = 1;
  public static final int KEYCTL_CHOWN = 4;
  public static final int KEYCTL_SETPERM = 5;
  public static final int KEYCTL_DESCRIBE = 6;
  public static final int KEYCTL_READ = 11;

  public static final int KEY_SPEC_THREAD_KEYRING = -1;
  public static final int KEY_SPEC_PROCESS_KEYRING = -2;
  public static final int KEY_SPEC_SESSION_KEYRING = -3;

  private Keyctl() {}
}
