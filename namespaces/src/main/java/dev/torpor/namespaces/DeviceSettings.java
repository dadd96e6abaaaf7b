// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.netns_setting;
import dev.torpor.image.proto.sysctl_entry;
import dev.torpor.inject.Program;
import dev.torpor.linux.Errno;
import dev.torpor.linux.Netlink;
import dev.torpor.linux.NetlinkMessage;
import dev.torpor.linux.Rtnetlink;
import dev.torpor.linux.Socket;
import java.util.List;

/**
 * The settings of IP that single devices have. A new device has those of new ones, which are set by
 * then: only what differs is set.
 *
 * @param all those of the namespace
 */
record DeviceSettings(netns_entry all) {
  private static final String MTU = "mtu";
  private static final String CONF6 = "net/ipv6/conf/";
  private static final String ADDR_GEN_MODE = "/addr_gen_mode";

  /** Fills in those of a device of the thread's namespace; {@code sys} is where /proc/sys is. */
  static void capture(String sys, net_device_entry.Builder device) {
    device
        .addAllConf4(NetSettings.inet(device.getName()).capture(sys))
        .addAllConf6(NetSettings.inet6(device.getName()).capture(sys));
  }

  /** Appends the calls that set them while the device is down. */
  void plan(ReturnedNamespace namespace, net_device_entry device, Program program) {
    NetSettings.inet(device.getName())
        .planOthers(namespace, device.getConf4List(), all.getDefConf4List(), "", program);
    NetSettings.inet6(device.getName())
        .planOthers(namespace, device.getConf6List(), all.getDefConf6List(), MTU, program);
  }

  /** Appends the call that sets what a device that is down does not keep: addrconf_notify. */
  void planLate(ReturnedNamespace namespace, net_device_entry device, Program program) {
    SysctlList list = NetSettings.inet6(device.getName());
    sysctl_entry mtu = list.of(device.getConf6List(), MTU);
    if (mtu != null && mtu.hasIarg() && mtu.getIarg() != device.getMtu()) {
      list.plan(namespace, MTU, mtu, program);
    }
  }

  /** How the kernel makes an address of IPv6 for a device. */
  int addressMode(String device) {
    int mode = 0;
    for (netns_setting setting : all.getSettingsList()) {
      String name = setting.getName();
      if (name.equals(CONF6 + device + ADDR_GEN_MODE)) {
        return Integer.parseInt(setting.getValue());
      }
      if (name.equals(CONF6 + "default" + ADDR_GEN_MODE)) {
        mode = Integer.parseInt(setting.getValue());
      }
    }
    return mode;
  }

  /** Appends the call that says so, if there is IPv6. */
  void addressMode(net_device_entry device, int mode, RouteSocket socket) {
    NetlinkMessage message = NetDevice.changing(device);
    message.nested(
        Rtnetlink.IFLA_AF_SPEC | Netlink.NLA_F_NESTED,
        () ->
            message.nested(
                Socket.AF_INET6 | Netlink.NLA_F_NESTED,
                () -> message.bytes(Rtnetlink.IFLA_INET6_ADDR_GEN_MODE, new byte[] {(byte) mode})));
    String purpose = "how the device " + device.getName() + " gets addresses of IPv6";
    socket.request(purpose, message, Errno.EAFNOSUPPORT.number());
  }

  /**
   * An MTU of IPv6 that is not the device's: the kernel takes that one some time after the device
   * has a carrier again.
   *
   * @param sys where /proc/sys is; asked in the namespace
   */
  static String refusal(String sys, NetLink link) {
    sysctl_entry mtu = new SysctlList(CONF6 + link.name(), List.of(MTU)).capture(sys).get(0);
    boolean own = !mtu.hasIarg() || mtu.getIarg() == link.attributes().number(Netlink.IFLA_MTU, 0);
    return own ? null : "that " + link.describe() + " has an MTU of IPv6 that is not its own";
  }
}
