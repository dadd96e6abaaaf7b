// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.option;

/** Headings under which {@code --help} lists options. */
public enum OptionGroup {
  GENERAL("General"),
  TARGET("Target"),
  MEMORY("Memory"),
  FILES("Files and devices"),
  MOUNTS("Mounts"),
  NETWORK("Network and namespaces"),
  CGROUPS("Cgroups"),
  SECURITY("Security and processor"),
  CHECK("Check");

  private final String title;

  OptionGroup(String title) {
    this.title = title;
  }

  /** Heading text. */
  public String title() {
    return title;
  }
}
