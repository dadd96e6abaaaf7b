// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.rpc;

import com.google.protobuf.UnknownFieldSet;
import dev.torpor.image.proto.criu_opts;
import dev.torpor.image.proto.criu_req;
import dev.torpor.runtime.option.OptionException;
import java.util.Map;

/**
 * Refuses what a newer client may ask for: CRIU drops fields it does not know, we do not do half of
 * a request.
 */
final class UnknownFields {
  private UnknownFields() {}

  /**
   * Looks through a request.
   *
   * @throws OptionException naming message and field number
   */
  static void refuse(criu_req request) {
    refuse("criu_req", request.getUnknownFields());
    refuse("criu_features", request.getFeatures().getUnknownFields());
    if (request.hasOpts()) {
      refuse(request.getOpts());
    }
  }

  private static void refuse(criu_opts opts) {
    refuse("criu_opts", opts.getUnknownFields());
    refuse("criu_page_server_info", opts.getPs().getUnknownFields());
    for (int i = 0; i < opts.getExtMntCount(); i++) {
      refuse("ext_mount_map", opts.getExtMnt(i).getUnknownFields());
    }
    for (int i = 0; i < opts.getCgRootCount(); i++) {
      refuse("cgroup_root", opts.getCgRoot(i).getUnknownFields());
    }
    for (int i = 0; i < opts.getInheritFdCount(); i++) {
      refuse("inherit_fd", opts.getInheritFd(i).getUnknownFields());
    }
    for (int i = 0; i < opts.getJoinNsCount(); i++) {
      refuse("join_namespace", opts.getJoinNs(i).getUnknownFields());
    }
    for (int i = 0; i < opts.getVethsCount(); i++) {
      refuse("criu_veth_pair", opts.getVeths(i).getUnknownFields());
    }
    for (int i = 0; i < opts.getUnixSkInoCount(); i++) {
      refuse("unix_sk", opts.getUnixSkIno(i).getUnknownFields());
    }
  }

  private static void refuse(String message, UnknownFieldSet fields) {
    Map<Integer, UnknownFieldSet.Field> unknown = fields.asMap();
    if (!unknown.isEmpty()) {
      throw new OptionException(
          "RPC message "
              + message
              + ": field "
              + unknown.keySet().iterator().next()
              + " is unknown, or its value is: it is newer than CRIU 4.2, leave it unset");
    }
  }
}
