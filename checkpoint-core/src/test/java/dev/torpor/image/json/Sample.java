// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;

/** An image to test with, and its way to JSON and back. */
final class Sample {
  final String name;
  final byte[] bytes;

  Sample(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  String json(boolean pretty) throws IOException {
    return json(bytes, pretty);
  }

  static String json(byte[] image, boolean pretty) throws IOException {
    StringWriter out = new StringWriter();
    ImageJson.decode(new ByteArrayInputStream(image), out, pretty);
    return out.toString();
  }

  static byte[] image(String json) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageJson.encode(new StringReader(json), out);
    return out.toByteArray();
  }

  @Override
  public String toString() {
    return name;
  }
}
