// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.engine;

import dev.torpor.arch.CpuCap;
import dev.torpor.arch.Processor;
import dev.torpor.arch.ProcessorCheck;
import dev.torpor.error.DumpException;
import dev.torpor.error.IoReason;
import dev.torpor.error.RestoreException;
import dev.torpor.image.ImageDirectory;
import dev.torpor.image.ImageType;
import dev.torpor.image.ImageWriter;
import dev.torpor.image.proto.cpuinfo_entry;
import dev.torpor.runtime.option.CpuCaps;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;

/** {@code cpuinfo.img}: which processor a checkpoint was made on. */
public final class CpuInfo {
  private static final String FILE = ImageType.CPUINFO.fileName();

  private CpuInfo() {}

  /** Writes down this machine's processor. */
  public static void dump(Directories directories) {
    cpuinfo_entry processor = Processor.ofThisMachine();
    try (ImageWriter writer =
        ImageWriter.create(directories.images().resolve(FILE), ImageType.CPUINFO)) {
      writer.write(processor);
    } catch (IOException e) {
      throw new DumpException(
          FILE + " cannot be written: " + IoReason.of(e) + ": free space or name another directory",
          e);
    }
  }

  /**
   * Compares this machine's processor with the one that was written down; all of it if the options
   * name nothing.
   *
   * @throws RestoreException naming what does not fit
   */
  public static void check(Directories directories, CpuCaps caps) {
    Set<CpuCap> compared = caps.compared();
    check(directories, compared.isEmpty() ? EnumSet.allOf(CpuCap.class) : compared);
  }

  /** As {@link #check(Directories, CpuCaps)}; of nothing, only that it was written down. */
  static void check(Directories directories, Set<CpuCap> compared) {
    try {
      cpuinfo_entry image =
          ImageDirectory.ofFd(directories.imagesFd())
              .only(ImageType.CPUINFO, cpuinfo_entry.parser());
      String mismatch = ProcessorCheck.mismatch(image, Processor.ofThisMachine(), compared);
      if (mismatch != null) {
        throw new RestoreException(
            FILE + ": another processor than this one: " + mismatch + ": restore on a like one");
      }
    } catch (IOException e) {
      throw new RestoreException(
          FILE + " cannot be read: " + IoReason.of(e) + ": mend it, or leave --cpu-cap out", e);
    }
  }
}
