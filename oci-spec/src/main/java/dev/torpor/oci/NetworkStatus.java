// SPDX-License-Identifier: Apache-2.0
package dev.torpor.oci;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import java.util.List;
import java.util.Map;

/**
 * One network's part of Podman's {@code network.status}: the addresses a container had.
 *
 * <pre>
 * {"podman": {"interfaces": {"eth0": {"mac_address": "2e:...",
 *     "subnets": [{"ipnet": "10.88.0.5/16", "gateway": "10.88.0.1"}]}}}}
 * </pre>
 *
 * @param interfaces by their names inside, or null
 * @param other every other field
 */
public record NetworkStatus(
    Map<String, Interface> interfaces, @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {
  private static final TypeReference<Map<String, NetworkStatus>> NETWORKS =
      new TypeReference<>() {};

  /**
   * One interface.
   *
   * @param macAddress hardware address
   * @param subnets addresses, or null
   * @param other every other field
   */
  public record Interface(
      @JsonProperty("mac_address") String macAddress,
      List<Subnet> subnets,
      @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  /**
   * One address.
   *
   * @param ipnet address and prefix length
   * @param gateway or null
   * @param other every other field
   */
  public record Subnet(
      String ipnet, String gateway, @JsonAnySetter @JsonAnyGetter Map<String, Object> other) {}

  static Map<String, NetworkStatus> parse(String name, byte[] json) throws OciException {
    return EngineJson.parse(name, json, NETWORKS);
  }
}
