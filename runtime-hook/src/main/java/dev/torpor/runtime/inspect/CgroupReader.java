// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.cg_controller_entry;
import dev.torpor.image.proto.cgroup_dir_entry;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.image.proto.cgroup_prop_entry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the cgroups of a checkpoint. */
final class CgroupReader {
  private final List<Report.Cgroup> cgroups = new ArrayList<>();

  private CgroupReader() {}

  static List<Report.Cgroup> read(ImageStore images) {
    CgroupReader reader = new CgroupReader();
    for (cgroup_entry entry : images.entries(ImageType.CGROUP, cgroup_entry.parser())) {
      for (cg_controller_entry controller : entry.getControllersList()) {
        for (cgroup_dir_entry directory : controller.getDirsList()) {
          reader.add(List.copyOf(controller.getCnamesList()), "", directory);
        }
      }
    }
    return reader.cgroups;
  }

  /** As deep as protobuf lets messages be: a hundred. */
  private void add(List<String> controllers, String above, cgroup_dir_entry directory) {
    String name = directory.getDirName();
    String path = name.startsWith("/") ? name : above + '/' + name;
    Map<String, String> settings = new LinkedHashMap<>();
    for (cgroup_prop_entry property : directory.getPropertiesList()) {
      settings.put(property.getName(), property.getValue().strip());
    }
    cgroups.add(new Report.Cgroup(controllers, path, settings));
    for (cgroup_dir_entry child : directory.getChildrenList()) {
      add(controllers, path, child);
    }
  }
}
