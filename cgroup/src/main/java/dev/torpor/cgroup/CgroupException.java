// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import dev.torpor.error.TorporException;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** An operation on a cgroup failed; the message names the object, the operation and the cause. */
public class CgroupException extends TorporException {

  /**
   * @param message object, operation, cause and way out; lower case, no full stop
   */
  public CgroupException(String message) {
    super(message, 0, null);
  }

  /**
   * @param operation what was attempted, naming the object
   * @param cause the failure of the file system
   */
  public CgroupException(String operation, IOException cause) {
    super(operation + ": " + reason(cause), 0, cause);
  }

  /**
   * @param operation what was attempted, naming the object
   * @param cause why it could not be done
   */
  public CgroupException(String operation, CgroupException cause) {
    super(operation + ": " + cause.getMessage(), 0, cause);
  }

  /** The kernel's word for the failure, without the path that the operation names already. */
  static String reason(IOException failure) {
    if (failure instanceof java.nio.file.NoSuchFileException) {
      return "No such file or directory";
    }
    if (failure instanceof java.nio.file.AccessDeniedException) {
      return "Permission denied";
    }
    if (failure instanceof java.nio.file.FileAlreadyExistsException) {
      return "File exists";
    }
    if (failure instanceof java.nio.file.DirectoryNotEmptyException) {
      return "Directory not empty";
    }
    if (failure instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason();
    }
    return failure.getMessage();
  }
}
