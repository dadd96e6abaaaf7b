// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** redis-server with data; clients connect before the dump, and again after the restore. */
final class RedisSubject implements Subject {
  private static final int KEY_COUNT = 20_000;

  private final InetSocketAddress address;

  RedisSubject() {
    try (ServerSocket free = new ServerSocket(0)) {
      address = new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getLocalPort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public List<String> command(Path directory) {
    return List.of(
        "redis-server",
        "--port",
        Integer.toString(address.getPort()),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        directory.toString(),
        "--unixsocket",
        directory.resolve("redis.sock").toString());
  }

  @Override
  public void prepare(Path directory) {
    Wait.until("redis answers", this::answers);
    fill(address, KEY_COUNT);
  }

  /** Each look is a new client and a write: the counter must go on. */
  @Override
  public long progress(Path directory) {
    try (RedisClient client = connect()) {
      return Long.parseLong(client.call("INCR", "progress"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String state(Path directory) {
    return digest(address, KEY_COUNT);
  }

  static void fill(SocketAddress address, int keyCount) {
    List<String[]> calls = new ArrayList<>();
    for (int i = 0; i < keyCount; i++) {
      calls.add(new String[] {"SET", "key:" + i, value(i)});
    }
    try (RedisClient client = new RedisClient(address)) {
      client.pipeline(calls);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads every key back; a wrong one is named. */
  static String digest(SocketAddress address, int keyCount) {
    List<String[]> calls = new ArrayList<>();
    for (int i = 0; i < keyCount; i++) {
      calls.add(new String[] {"GET", "key:" + i});
    }
    try (RedisClient client = new RedisClient(address)) {
      List<String> values = client.pipeline(calls);
      for (int i = 0; i < keyCount; i++) {
        if (!value(i).equals(values.get(i))) {
          throw new AssertionError("key:" + i + " reads " + values.get(i));
        }
      }
      return keyCount + " keys, process " + processId(client);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server's own idea of its pid and its run id, which a new server would draw anew. */
  private static String processId(RedisClient client) {
    StringBuilder text = new StringBuilder();
    for (String line : client.call("INFO", "server").lines().toList()) {
      if (line.startsWith("process_id:") || line.startsWith("run_id:")) {
        text.append(line).append(' ');
      }
    }
    return text.toString();
  }

  private static String value(int i) {
    return "value " + i * 7919L + " of a key that is long enough to be stored apart";
  }

  private boolean answers() {
    try (RedisClient client = connect()) {
      return "PONG".equals(client.call("PING"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private RedisClient connect() throws IOException {
    return new RedisClient(address);
  }
}
