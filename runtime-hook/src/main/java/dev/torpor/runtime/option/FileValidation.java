// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** What must agree between a dumped file and the one found on restore. */
public enum FileValidation {
  /** Size only. */
  FILESIZE,
  /** Size, and the build id of ELF files. */
  BUILDID;

  static FileValidation parse(String origin, String text) {
    return switch (text) {
      case "filesize" -> FILESIZE;
      case "buildid" -> BUILDID;
      default ->
          throw OptionException.badValue(origin, "--file-validation", text, "filesize or buildid");
    };
  }
}
