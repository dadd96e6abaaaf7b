// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.torpor.image.ImageException;
import dev.torpor.image.ImageException.Problem;
import java.io.Closeable;
import java.io.IOException;
import java.util.Base64;

/** Reads JSON token by token, and says where something else was expected. */
final class JsonInput implements Closeable {
  private static final String WAY_OUT = "give JSON as decoding an image writes it";

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final JsonParser parser;

  JsonInput(String text) throws IOException {
    this.parser = FACTORY.createParser(text);
  }

  /** Steps to the next token; null at the end. */
  JsonToken next() throws IOException {
    try {
      return parser.nextToken();
    } catch (JsonProcessingException e) {
      throw new ImageException(
          Problem.MALFORMED_JSON,
          "JSON",
          e.getLocation() == null ? 0 : e.getLocation().getCharOffset(),
          "JSON",
          e.getOriginalMessage(),
          WAY_OUT,
          e);
    }
  }

  JsonToken token() {
    return parser.currentToken();
  }

  /** Steps to the next token, which must be this one. */
  void expectNext(JsonToken token, String what) throws IOException {
    next();
    expect(token, what);
  }

  void expect(JsonToken token, String what) throws IOException {
    if (token() != token) {
      throw unexpected(what);
    }
  }

  String name() throws IOException {
    return parser.currentName();
  }

  String text() throws IOException {
    return parser.getText();
  }

  /** The string the parser is at. */
  String string(String what) throws IOException {
    expect(JsonToken.VALUE_STRING, what);
    return parser.getText();
  }

  /** The bytes of the base64 string the parser is at; line breaks in it do not count. */
  byte[] base64(String what) throws IOException {
    String text = string("base64 of " + what);
    try {
      return Base64.getDecoder().decode(text.replace("\n", ""));
    } catch (IllegalArgumentException e) {
      throw refuse("base64 of " + what, e.getMessage());
    }
  }

  /** Steps over the value the parser is at. */
  void skip() throws IOException {
    int depth = 0;
    do {
      if (token() == null) {
        throw unexpected("the end of an object or array");
      }
      if (token().isStructStart()) {
        depth++;
      } else if (token().isStructEnd()) {
        depth--;
      }
      if (depth > 0) {
        next();
      }
    } while (depth > 0);
  }

  ImageException unexpected(String what) throws IOException {
    return refuse(what, token() == null ? "the end of the text" : parser.getText());
  }

  ImageException refuse(String expected, String actual) {
    return new ImageException(
        Problem.MALFORMED_JSON,
        "JSON",
        parser.currentTokenLocation().getCharOffset(),
        expected,
        actual,
        WAY_OUT);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
