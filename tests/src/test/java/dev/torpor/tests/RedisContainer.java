// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** redis-server in a container, reached over a unix socket in its root, whatever its network is. */
final class RedisContainer {
  private static final int KEY_COUNT = 20_000;

  private final PodmanStore store;

  RedisContainer(PodmanStore store, String network) {
    this.store = store;
    store.start(
        "redis",
        network,
        "localhost/redis",
        "redis-server",
        "--port",
        "46379",
        "--save",
        "",
        "--dir",
        "/data",
        "--unixsocket",
        "/data/redis.sock");
    Path socket = socket();
    Wait.until("redis listens", () -> Files.exists(socket));
    RedisSubject.fill(UnixDomainSocketAddress.of(socket), KEY_COUNT);
  }

  /** Reads all keys; says which server answered, and proves that it can still be written to. */
  String state() {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket());
    try (RedisClient client = new RedisClient(address)) {
      client.call("INCR", "looks");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return RedisSubject.digest(address, KEY_COUNT);
  }

  private Path socket() {
    return Path.of("/proc/" + store.pidOf("redis") + "/root/data/redis.sock");
  }
}
