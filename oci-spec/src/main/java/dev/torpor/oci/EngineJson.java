// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The one Jackson mapper, strict about what it reads. */
final class EngineJson {
  /** Largest JSON file taken; engines write a few hundred KiB at most. */
  static final long MAX_BYTES = 16L << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          // A record has its components and nothing else; isX() is a question, not a field.
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .build();

  private EngineJson() {}

  static <T> T read(Path file, Class<T> type) throws OciException {
    return parse(file.toString(), bytes(file), type);
  }

  static byte[] bytes(Path file) throws OciException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new OciException(file.toString(), "larger than 16 MiB, this is no engine's JSON");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new OciException(file.toString(), "is not there: give the directory that holds it", e);
    } catch (OciException e) {
      throw e;
    } catch (IOException e) {
      throw new OciException(file.toString(), "cannot be read: " + e.getMessage(), e);
    }
  }

  static <T> T parse(String name, byte[] json, Class<T> type) throws OciException {
    try {
      return present(name, MAPPER.readValue(json, type));
    } catch (JacksonException e) {
      throw malformed(name, e);
    } catch (IOException e) {
      throw new OciException(name, "cannot be read: " + e.getMessage(), e);
    }
  }

  static <T> T parse(String name, byte[] json, TypeReference<T> type) throws OciException {
    try {
      return present(name, MAPPER.readValue(json, type));
    } catch (JacksonException e) {
      throw malformed(name, e);
    } catch (IOException e) {
      throw new OciException(name, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static <T> T present(String name, T value) throws OciException {
    if (value == null) {
      throw new OciException(name, "holds null instead of an object: the file is damaged");
    }
    return value;
  }

  private static OciException malformed(String name, JacksonException e) {
    String where = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
    return new OciException(name, "unexpected JSON" + where + ": " + e.getOriginalMessage(), e);
  }

  static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JacksonException e) {
      throw new IllegalStateException("a record of this package cannot be written", e);
    }
  }
}
