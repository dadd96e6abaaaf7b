// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A database of bbolt (version 2 of its format), in which Podman 4 keeps what it knows: read whole,
 * never written.
 *
 * <pre>
 * page    id u64, flags u16, count u16, overflow u32, elements
 * meta    magic u32, version u32, page size u32, flags u32, root bucket, free list u64, pages u64,
 *         transaction u64, checksum u64 (FNV-1a of what stands before); pages 0 and 1
 * branch  position u32, key length u32, page u64
 * leaf    flags u32, position u32, key length u32, value length u32
 * bucket  root page u64, sequence u64; with root 0 its one page follows inline
 * </pre>
 *
 * Numbers are little-endian; positions count from their element.
 */
final class BoltFile {
  private static final int MAGIC = 0xed0cdaed;
  private static final int VERSION = 2;
  private static final int PAGE_HEAD_BYTES = 16;
  private static final int ELEMENT_BYTES = 16;
  private static final int BUCKET_BYTES = 16;
  private static final int LEAF_PAGE = 2;
  private static final int BRANCH_PAGE = 1;
  private static final int BUCKET_LEAF = 1;

  /** Of the metas: checksum behind this many bytes. */
  private static final int META_BYTES = 56;

  private static final int META_PAGE_SIZE = 8;
  private static final int META_ROOT = 16;
  private static final int META_TRANSACTION = 48;

  /** Of a tree of pages; ten levels hold more than a file of this kind ever has. */
  private static final int MOST_LEVELS = 10;

  private static final int MOST_READS = 20;
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final Path file;
  private final ByteBuffer content;
  private final int pageBytes;
  private final long root;

  private BoltFile(Path file, ByteBuffer content) throws OciException {
    this.file = file;
    this.content = content;
    this.pageBytes = content.getInt(PAGE_HEAD_BYTES + META_PAGE_SIZE);
    int newest = -1;
    for (int meta = 0; meta < 2; meta++) {
      int at = meta * pageBytes + PAGE_HEAD_BYTES;
      if (isWhole(at) && (newest < 0 || transaction(at) > transaction(newest))) {
        newest = at;
      }
    }
    if (newest < 0) {
      throw damaged(file, null);
    }
    this.root = content.getLong(newest + META_ROOT);
  }

  /** Reads a file. */
  static BoltFile read(Path file) throws OciException {
    try {
      byte[] content = Files.readAllBytes(file);
      // Pages that no transaction needs any more are written over: what is the same twice was not
      // written meanwhile. bbolt's lock, flock(2), is out of Java's reach.
      for (int i = 0; i < MOST_READS; i++) {
        byte[] again = Files.readAllBytes(file);
        if (Arrays.equals(content, again)) {
          return new BoltFile(file, ByteBuffer.wrap(again).order(ByteOrder.LITTLE_ENDIAN));
        }
        content = again;
      }
      throw new OciException(file.toString(), "is written all the time: try again");
    } catch (IndexOutOfBoundsException e) {
      throw damaged(file, e);
    } catch (OciException e) {
      throw e;
    } catch (IOException e) {
      throw new OciException(file.toString(), "cannot be read: " + e.getMessage(), e);
    }
  }

  private static OciException damaged(Path file, RuntimeException e) {
    return new OciException(
        file.toString(), "is no database of bbolt's version 2, or damaged: ask its engine", e);
  }

  private boolean isWhole(int at) {
    long checksum = FNV_OFFSET;
    for (int i = 0; i < META_BYTES; i++) {
      checksum = (checksum ^ (content.get(at + i) & 0xff)) * FNV_PRIME;
    }
    return content.getInt(at) == MAGIC
        && content.getInt(at + 4) == VERSION
        && content.getLong(at + META_BYTES) == checksum;
  }

  private long transaction(int at) {
    return content.getLong(at + META_TRANSACTION);
  }

  /**
   * What a bucket has: keys and values in the order of the keys; buckets inside are left out.
   *
   * @param path names of buckets, from the outermost
   * @return empty if there is no such bucket
   */
  Map<String, byte[]> values(String... path) throws OciException {
    try {
      Bucket bucket = new Bucket(root, -1);
      for (String name : path) {
        Object found = bucket.content().get(name);
        if (!(found instanceof Bucket inner)) {
          return Map.of();
        }
        bucket = inner;
      }
      Map<String, byte[]> values = new LinkedHashMap<>();
      for (Map.Entry<String, Object> each : bucket.content().entrySet()) {
        if (each.getValue() instanceof byte[] value) {
          values.put(each.getKey(), value);
        }
      }
      return values;
    } catch (IndexOutOfBoundsException e) {
      throw damaged(file, e);
    }
  }

  /** A bucket: the number of its root page, or where its one inline page is. */
  private final class Bucket {
    private final long page;
    private final int inlineAt;

    Bucket(long page, int inlineAt) {
      this.page = page;
      this.inlineAt = inlineAt;
    }

    /** Values are byte[] or Bucket. */
    Map<String, Object> content() {
      Map<String, Object> content = new LinkedHashMap<>();
      read(page == 0 ? inlineAt : at(page), MOST_LEVELS, content);
      return content;
    }

    private int at(long number) {
      return Math.toIntExact(
          Objects.checkIndex(number, content.capacity() / pageBytes) * pageBytes);
    }

    private void read(int page, int levels, Map<String, Object> into) {
      Objects.checkIndex(0, levels);
      int flags = content.getShort(page + 8);
      int count = Short.toUnsignedInt(content.getShort(page + 10));
      for (int i = 0; i < count; i++) {
        int element = page + PAGE_HEAD_BYTES + i * ELEMENT_BYTES;
        if ((flags & BRANCH_PAGE) != 0) {
          read(at(content.getLong(element + 8)), levels - 1, into);
        } else if ((flags & LEAF_PAGE) != 0) {
          leaf(element, into);
        }
      }
    }

    private void leaf(int element, Map<String, Object> into) {
      int key = element + content.getInt(element + 4);
      int keyBytes = content.getInt(element + 8);
      int value = key + keyBytes;
      String name = new String(bytes(key, keyBytes), StandardCharsets.UTF_8);
      boolean isBucket = (content.getInt(element) & BUCKET_LEAF) != 0;
      into.put(
          name,
          isBucket
              ? new Bucket(content.getLong(value), value + BUCKET_BYTES)
              : bytes(value, content.getInt(element + 12)));
    }

    private byte[] bytes(int at, int lengthBytes) {
      Objects.checkFromIndexSize(at, lengthBytes, content.capacity());
      byte[] bytes = new byte[lengthBytes];
      content.get(at, bytes);
      return bytes;
    }
  }
}
