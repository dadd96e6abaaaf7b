// SPDX-License-Identifier: Apache-2.0
package dev.torpor.namespaces;

import com.google.protobuf.ByteString;
import dev.torpor.image.CapturedImages;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.utsns_entry;
import dev.torpor.linux.Nr;
import dev.torpor.plan.Contribution;
import dev.torpor.proc.ProcFs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Host name and NIS domain name, uts_namespaces(7). */
final class UtsNamespace implements NamespaceRoom {
  @Override
  public Set<ImageType> images() {
    return Set.of(ImageType.UTSNS);
  }

  @Override
  public NamespaceKind kind() {
    return NamespaceKind.UTS;
  }

  @Override
  public boolean nests() {
    return true;
  }

  @Override
  public void write(DumpedNamespace namespace, CapturedImages images) throws IOException {
    String sys = namespace.proc().root() + "/sys/kernel/";
    utsns_entry entry =
        namespace.ask(
            () ->
                utsns_entry
                    .newBuilder()
                    .setNodenameBytes(name(sys + "hostname"))
                    .setDomainnameBytes(name(sys + "domainname"))
                    .build());
    images.add(ImageType.UTSNS, namespace.id(), entry);
  }

  private static ByteString name(String path) {
    byte[] line = ProcFs.bytes(path);
    int length = line.length > 0 && line[line.length - 1] == '\n' ? line.length - 1 : line.length;
    return ByteString.copyFrom(line, 0, length);
  }

  @Override
  public Contribution read(ReturnedNamespace namespace) {
    utsns_entry entry = namespace.only(ImageType.UTSNS, utsns_entry.parser());
    return program -> {
      byte[] host = entry.getNodenameBytes().toByteArray();
      program
          .call("setting the host name " + text(host), Nr.SYS_sethostname)
          .arg(program.bytes(host))
          .arg(host.length);
      byte[] domain = entry.getDomainnameBytes().toByteArray();
      program
          .call("setting the domain name " + text(domain), Nr.SYS_setdomainname)
          .arg(program.bytes(domain))
          .arg(domain.length);
    };
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.UTF_8);
  }
}
