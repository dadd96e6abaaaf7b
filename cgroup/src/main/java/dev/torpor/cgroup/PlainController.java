// SPDX-License-Identifier: Apache-2.0
package dev.torpor.cgroup;

import java.util.List;

/** A controller whose files are saved and written back as they are. */
record PlainController(String name, List<String> properties) implements Controller {}
