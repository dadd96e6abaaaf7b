// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageTypeTest {
  @Test
  void namesAreCrius() {
    assertThat(ImageType.CORE.fileName(42)).isEqualTo("core-42.img");
    assertThat(ImageType.GHOST_FILE.fileName(255)).isEqualTo("ghost-file-ff.img");
    assertThat(ImageType.SHMEM_PAGEMAP.fileName(-1L))
        .isEqualTo("pagemap-shmem-18446744073709551615.img");
    assertThat(ImageType.FDINFO.fileName(0xffffffffL)).isEqualTo("fdinfo-4294967295.img");
    assertThat(ImageType.STATS_DUMP.fileName()).isEqualTo("stats-dump");
  }

  @Test
  void aNumberThatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> ImageType.CORE.fileName(-1))
        .hasMessage("core-%u.img takes 32 bits, not 18446744073709551615");
    assertThatThrownBy(ImageType.CORE::fileName).hasMessageContaining("numbered");
    assertThatThrownBy(() -> ImageType.PSTREE.fileName(1)).hasMessageContaining("only one");
  }

  @Test
  void onlyExactNamesHaveANumber() {
    assertThat(ImageType.PAGEMAP.idIn("pagemap-7.img")).isEqualTo(OptionalLong.of(7));
    assertThat(ImageType.PAGEMAP.idIn("pagemap-shmem-7.img")).isEmpty();
    assertThat(ImageType.PAGEMAP.idIn("pagemap-07.img")).isEmpty();
    assertThat(ImageType.PAGEMAP.idIn("pagemap-+7.img")).isEmpty();
    assertThat(ImageType.PAGEMAP.idIn("pagemap-.img")).isEmpty();
    assertThat(ImageType.CORE.idIn("core-4294967296.img")).isEmpty();
    assertThat(ImageType.TCP_STREAM.idIn("tcp-stream-ab.img")).isEqualTo(OptionalLong.of(0xab));
    assertThat(ImageType.TCP_STREAM.idIn("tcp-stream-AB.img")).isEmpty();
    assertThat(ImageType.ofFileName("tmpfs-dev-12.tar.gz.img")).isEqualTo(ImageType.TMPFS_DEV);
    assertThat(ImageType.ofFileName("pages-1.img.bak")).isNull();
  }

  @ParameterizedTest
  @EnumSource(ImageType.class)
  void everyNameLeadsBackToItsKind(ImageType type) {
    String name = type.isNumbered() ? type.fileName(0xabcdef) : type.fileName();
    assertThat(ImageType.ofFileName(name)).isEqualTo(type);
    if (type.isRaw()) {
      assertThatThrownBy(() -> ImageMessages.of(type)).hasMessageContaining("raw data");
    } else {
      assertThat(ImageMessages.of(type)).isNotNull();
      assertThat(ImageType.ofMagic(type.magic()).magicName()).isEqualTo(type.magicName());
      assertThat(ImageType.ofMagicName(type.magicName()).magic()).isEqualTo(type.magic());
    }
  }

  @Test
  void kindsShareAMagicOnlyIfTheyShareItsName() {
    Set<String> names = new HashSet<>();
    Set<Integer> magics = new HashSet<>();
    for (ImageType type : ImageType.values()) {
      if (!type.isRaw()) {
        names.add(type.magicName());
        magics.add(type.magic());
      }
    }
    assertThat(names).hasSameSizeAs(magics).hasSize(68);
  }
}
