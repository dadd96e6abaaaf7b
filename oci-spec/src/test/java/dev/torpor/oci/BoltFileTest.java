// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages laid out as bbolt's page.go, meta.go and bucket.go have them. */
class BoltFileTest {
  private static final int PAGE = 4096;
  private static final int LEAF = 2;
  private static final int BRANCH = 1;

  @TempDir Path directory;
  private final ByteBuffer file = ByteBuffer.allocate(8 * PAGE).order(ByteOrder.LITTLE_ENDIAN);

  private static byte[] bucket(long root) {
    return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(root).array();
  }

  /** A leaf page with one entry. */
  private static byte[] leaf(String key, byte[] value, boolean isBucket) {
    ByteBuffer page = ByteBuffer.allocate(32 + key.length() + value.length);
    page.order(ByteOrder.LITTLE_ENDIAN).putLong(0).putShort((short) LEAF).putShort((short) 1);
    page.putInt(0).putInt(isBucket ? 1 : 0).putInt(16).putInt(key.length()).putInt(value.length);
    return page.put(key.getBytes(UTF_8)).put(value).array();
  }

  private void meta(int number, long transaction, long root) {
    int at = number * PAGE + 16;
    file.putInt(at, 0xed0cdaed).putInt(at + 4, 2).putInt(at + 8, PAGE);
    file.putLong(at + 16, root).putLong(at + 48, transaction);
    long checksum = 0xcbf29ce484222325L;
    for (int i = 0; i < 56; i++) {
      checksum = (checksum ^ (file.get(at + i) & 0xff)) * 0x100000001b3L;
    }
    file.putLong(at + 56, checksum);
  }

  private BoltFile read() throws IOException {
    Path path = directory.resolve("bolt_state.db");
    Files.write(path, file.array());
    return BoltFile.read(path);
  }

  /** Root page 3: bucket ctr at page 4, a branch to leaf 5, with an inline bucket in it. */
  private void fill() {
    file.put(3 * PAGE, leaf("ctr", bucket(4), true));
    file.putShort(4 * PAGE + 8, (short) BRANCH).putShort(4 * PAGE + 10, (short) 1);
    file.putLong(4 * PAGE + 16 + 8, 5);
    byte[] inline = leaf("config", "{}".getBytes(UTF_8), false);
    byte[] value = ByteBuffer.allocate(16 + inline.length).put(bucket(0)).put(inline).array();
    file.put(5 * PAGE, leaf("c1", value, true));
  }

  @Test
  void findsValuesInBucketsOfBothKinds() throws IOException {
    fill();
    meta(0, 1, 3);
    meta(1, 0, 7);
    assertThat(read().values("ctr", "c1")).containsOnlyKeys("config");
    assertThat(read().values("ctr", "c1").get("config")).isEqualTo("{}".getBytes(UTF_8));
    assertThat(read().values("ctr")).isEmpty();
    assertThat(read().values("pod", "c1")).isEmpty();
  }

  /** A commit writes the older of two metas: one that was cut short does not count. */
  @Test
  void takesTheNewestMetaThatIsWhole() throws IOException {
    fill();
    meta(0, 1, 3);
    meta(1, 2, 7);
    file.put(PAGE + 16 + 56, (byte) (file.get(PAGE + 16 + 56) + 1));
    assertThat(read().values("ctr", "c1")).isNotEmpty();
  }

  @Test
  void whatIsNoDatabaseOrLeadsInCirclesIsRefused() throws IOException {
    assertThatThrownBy(this::read).isInstanceOf(OciException.class).hasMessageContaining("bbolt");
    fill();
    meta(0, 1, 3);
    file.putLong(4 * PAGE + 16 + 8, 4);
    assertThatThrownBy(() -> read().values("ctr", "c1")).hasMessageContaining("bbolt");
    file.putLong(4 * PAGE + 16 + 8, 1000);
    assertThatThrownBy(() -> read().values("ctr", "c1")).hasMessageContaining("bbolt");
    file.putShort(3 * PAGE + 10, (short) -1);
    assertThatThrownBy(() -> read().values("ctr", "c1")).hasMessageContaining("bbolt");
  }
}
