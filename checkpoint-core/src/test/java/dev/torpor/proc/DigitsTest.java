// SPDX-License-Identifier: Apache-2.0
package dev.torpor.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the JDK makes of the same digits. */
class DigitsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "7",
        "4711",
        "7ffd1c0b5000",
        "ffffffffff600000",
        "ffffffffffffffff",
        "0000000000000000000001",
        "7ffffffffffffff",
        "800000000000000"
      })
  void likeTheJdk(String digits) {
    assertThat(Digits.parse("<" + digits + ">", 1, digits.length() + 1, 16))
        .isEqualTo(Long.parseUnsignedLong(digits, 16));
    if (digits.matches("[0-9]+")) {
      assertThat(Digits.parse(digits, 0, digits.length(), 10))
          .isEqualTo(Long.parseUnsignedLong(digits));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"576460752303423487", "576460752303423488", "5764607523034234879"})
  void nearTheBoundOfTheFastWay(String digits) {
    assertThat(Digits.parse(digits, 0, digits.length(), 10)).isEqualTo(Long.parseLong(digits));
  }

  @Test
  void theGreatestDecimal() {
    String greatest = Long.toUnsignedString(-1);
    assertThat(Digits.parse(greatest, 0, greatest.length(), 10)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1x", " 1", "18446744073709551616", "99999999999999999999"})
  void refusesAllElse(String text) {
    assertThatThrownBy(() -> Digits.parse(text, 0, text.length(), 10))
        .isInstanceOf(NumberFormatException.class);
  }

  @Test
  void intsHaveTheirBounds() {
    assertThat(Digits.parseInt("2147483647", 0, 10, 10)).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> Digits.parseInt("2147483648", 0, 10, 10))
        .isInstanceOf(NumberFormatException.class);
  }
}
