// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.Writer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Map;

/** Records, lists, maps, numbers and texts as JSON: what is null is left out. */
public final class RecordJson {
  private RecordJson() {}

  /** Writes a value and a line's end. */
  public static void write(Object value, Writer out) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(out);
    json.useDefaultPrettyPrinter();
    value(value, json);
    json.flush();
    out.write(System.lineSeparator());
    out.flush();
  }

  private static void value(Object value, JsonGenerator json) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Record record) {
      object(record, json);
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(entry.getKey().toString());
        value(entry.getValue(), json);
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      json.writeStartArray();
      for (Object each : list) {
        value(each, json);
      }
      json.writeEndArray();
    } else if (value instanceof Number || value instanceof Boolean) {
      json.writeRawValue(value.toString());
    } else {
      json.writeString(value.toString());
    }
  }

  private static void object(Record record, JsonGenerator json) throws IOException {
    json.writeStartObject();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = component(record, component);
      if (value != null) {
        json.writeFieldName(component.getName());
        value(value, json);
      }
    }
    json.writeEndObject();
  }

  private static Object component(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(record.getClass() + " is not public", e);
    }
  }
}
