// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.resident;

import dev.torpor.linux.Fcntl;
import dev.torpor.linux.KernelString;
import dev.torpor.linux.ReceivedMessage;
import dev.torpor.linux.Unistd;
import dev.torpor.linux.UnixChannel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A command line that a launcher hands over, {@code struct engine_request} of resident.h, with the
 * descriptors that came with it.
 */
final class Work {
  /** Which of the descriptors received is the socket to the launcher. */
  static final int CONTROL = 0;

  /** The file that has the caller's environment. */
  static final int ENVIRONMENT = 1;

  /** The caller's working directory. */
  static final int DIRECTORY = 2;

  private static final int OWN = 3;
  private static final int MAX_FDS = 240;
  private static final int TEXT = 2 * Integer.BYTES + MAX_FDS * Integer.BYTES;
  private static final int MAX_BYTES = TEXT + 65536;

  private final int launcherPid;
  private final int umask;
  private final List<String> words;
  private final int[] numbers;
  private final int[] received;

  private Work(int launcherPid, int umask, List<String> words, int[] numbers, int[] received) {
    this.launcherPid = launcherPid;
    this.umask = umask;
    this.words = words;
    this.numbers = numbers;
    this.received = received;
  }

  /** Who hands over, and starts what is restored. */
  int launcherPid() {
    return launcherPid;
  }

  /** The caller's. */
  int umask() {
    return umask;
  }

  /** The name that the caller used, and its arguments. */
  List<String> words() {
    return words;
  }

  /** What the caller knows its descriptors by. */
  int[] numbers() {
    return numbers;
  }

  /** One of the launcher's descriptors, {@link #CONTROL} and the others. */
  int launchers(int which) {
    return received[which];
  }

  /**
   * Waits for it.
   *
   * @return null if the launcher has thought better of it
   */
  static Work receive(UnixChannel launcher, int launcherPid) {
    ReceivedMessage message = launcher.receive(MAX_BYTES);
    byte[] data = message.data();
    if (data.length < TEXT) {
      return null;
    }
    ByteBuffer head = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    int umask = head.getInt();
    int[] numbers = new int[head.getInt()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = head.getInt();
    }
    int[] received = message.descriptors();
    if (received.length != OWN + numbers.length) {
      throw new IllegalStateException(received.length + " descriptors, not as many as announced");
    }
    return new Work(launcherPid, umask, words(data), numbers, moved(received));
  }

  /** Away from the numbers that they, or others of them, are to have. */
  private static int[] moved(int[] received) {
    int[] moved = new int[received.length];
    for (int i = 0; i < received.length; i++) {
      moved[i] = Fcntl.dupCloexec(received[i], OwnDescriptors.FIRST);
    }
    for (int fd : received) {
      Unistd.close(fd);
    }
    return moved;
  }

  private static List<String> words(byte[] data) {
    List<String> words = new ArrayList<>();
    int start = TEXT;
    for (int i = start; i < data.length; i++) {
      if (data[i] == 0) {
        words.add(KernelString.decode(Arrays.copyOfRange(data, start, i)));
        start = i + 1;
      }
    }
    return words;
  }

  /** The descriptor of one of the caller's numbers. */
  int callers(int index) {
    return received[OWN + index];
  }
}
