// SPDX-License-Identifier: Apache-2.0
package dev.torpor.tests;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Speaks as much of the Redis serialization protocol as the tests need, over TCP or a unix socket.
 */
final class RedisClient implements AutoCloseable {
  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  RedisClient(SocketAddress address) throws IOException {
    channel = SocketChannel.open(address);
    in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    out = Channels.newOutputStream(channel);
  }

  /** Runs one command; an error reply is an exception, a nil reply is null. */
  String call(String... words) {
    return pipeline(List.<String[]>of(words)).get(0);
  }

  /** Sends all commands at once, then reads all replies. */
  List<String> pipeline(List<String[]> calls) {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    for (String[] words : calls) {
      request.writeBytes(("*" + words.length + "\r\n").getBytes(UTF_8));
      for (String word : words) {
        byte[] bytes = word.getBytes(UTF_8);
        request.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
        request.writeBytes(bytes);
        request.writeBytes("\r\n".getBytes(UTF_8));
      }
    }
    try {
      out.write(request.toByteArray());
      List<String> replies = new ArrayList<>();
      for (int i = 0; i < calls.size(); i++) {
        replies.add(reply());
      }
      return replies;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns when the server, too, has closed its end: the next look at its files is a stable one.
   */
  @Override
  public void close() throws IOException {
    channel.shutdownOutput();
    while (in.read() >= 0) {
      // What is left unread is of no interest.
    }
    channel.close();
  }

  private String reply() throws IOException {
    String line = line();
    return switch (line.charAt(0)) {
      case '+', ':' -> line.substring(1);
      case '$' -> bulk(Integer.parseInt(line.substring(1)));
      default -> throw new IOException("redis replied " + line);
    };
  }

  private String bulk(int lengthBytes) throws IOException {
    if (lengthBytes < 0) {
      return null;
    }
    String text = new String(in.readNBytes(lengthBytes), UTF_8);
    line();
    return text;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next; (next = in.read()) != '\r'; ) {
      if (next < 0) {
        throw new IOException("redis closed the connection");
      }
      line.write(next);
    }
    in.read();
    return line.toString(UTF_8);
  }
}
