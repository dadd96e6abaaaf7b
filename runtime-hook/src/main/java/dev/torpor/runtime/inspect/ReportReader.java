// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime.inspect;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.torpor.image.ImageStore;
import dev.torpor.image.ImageType;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.image.proto.stats_entry;
import dev.torpor.image.proto.utsns_entry;
import dev.torpor.oci.CheckpointArchive;
import dev.torpor.oci.CheckpointConfig;
import dev.torpor.oci.RuntimeSpec;
import dev.torpor.runtime.archive.OpenedCheckpoint;
import dev.torpor.runtime.crit.Checkpoint;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads all that a report has. */
public final class ReportReader {
  private final OpenedCheckpoint opened;
  private final ImageStore images;
  private final List<String> notes = new ArrayList<>();

  private ReportReader(OpenedCheckpoint opened) throws IOException {
    this.opened = opened;
    this.images = opened.images();
  }

  /**
   * Reads a checkpoint.
   *
   * @throws dev.torpor.image.ImageException if an image is damaged
   */
  public static Report read(OpenedCheckpoint opened) throws IOException {
    return new ReportReader(opened).read();
  }

  private Report read() throws IOException {
    CheckpointArchive archive = opened.archive();
    Report.Container container = archive == null ? null : ContainerReader.read(archive);
    Report.Dump dump = dump();
    boolean hasTasks = images.has(ImageType.PSTREE);
    if (!hasTasks) {
      notes.add("there is no pstree.img: a pre-dump has memory, and nothing else");
    }
    Checkpoint checkpoint = new Checkpoint(images);
    List<Report.Task> tasks = hasTasks ? new TaskReader(images, checkpoint).read() : List.of();
    List<Report.StoredFile> files = files();
    return new Report(
        opened.source().toString(),
        container,
        dump,
        tasks,
        hasTasks ? new ConnectionReader(images, checkpoint).read() : List.of(),
        new WaitingReader(images, checkpoint).read(),
        mounts(),
        CgroupReader.read(images),
        archive == null ? null : rootFileSystem(archive),
        files,
        timeline(container, dump),
        opened.log(),
        notes);
  }

  private Report.Dump dump() throws IOException {
    inventory_entry inventory =
        images.has(ImageType.INVENTORY)
            ? images.only(ImageType.INVENTORY, inventory_entry.parser())
            : null;
    if (inventory == null) {
      notes.add("there is no inventory.img: no restore takes these images");
    }
    long imagesBytes = 0;
    long memoryBytes = 0;
    for (CheckpointArchive.Entry file : opened.files()) {
      String name = file.name().substring(file.name().lastIndexOf('/') + 1);
      imagesBytes += name.endsWith(".img") ? file.lengthBytes() : 0;
      memoryBytes += name.startsWith("pages-") ? file.lengthBytes() : 0;
    }
    return new Report.Dump(
        inventory == null ? 0 : inventory.getImgVersion(),
        inventory != null && inventory.hasDumpCriuRunId() ? inventory.getDumpCriuRunId() : null,
        inventory != null && inventory.hasLsmtype() ? inventory.getLsmtype().name() : null,
        hostName(),
        opened.writtenMillis() < 0 ? null : Instant.ofEpochMilli(opened.writtenMillis()).toString(),
        statistics(),
        imagesBytes,
        memoryBytes);
  }

  private String hostName() {
    for (long id : images.ids(ImageType.UTSNS)) {
      return images.only(ImageType.UTSNS, id, utsns_entry.parser()).getNodename();
    }
    return null;
  }

  private Map<String, Long> statistics() throws IOException {
    Map<String, Long> numbers = new LinkedHashMap<>();
    ImageStore statistics = opened.statistics();
    if (statistics.has(ImageType.STATS_DUMP)) {
      stats_entry stats = statistics.only(ImageType.STATS_DUMP, stats_entry.parser());
      Message dump = stats.getDump();
      for (Map.Entry<FieldDescriptor, Object> field : dump.getAllFields().entrySet()) {
        if (field.getValue() instanceof Integer number) {
          numbers.put(field.getKey().getName(), Checkpoint.number(number));
        } else if (field.getValue() instanceof Long number) {
          numbers.put(field.getKey().getName(), number);
        }
      }
    }
    return numbers;
  }

  private List<Report.Mount> mounts() {
    List<Report.Mount> mounts = new ArrayList<>();
    for (long id : images.ids(ImageType.MNTS)) {
      for (mnt_entry mount : images.entries(ImageType.MNTS, id, mnt_entry.parser())) {
        mounts.add(
            new Report.Mount(
                mount.getMountpoint(),
                mount.hasFsname() ? mount.getFsname() : Names.fileSystem(mount.getFstype()),
                mount.getSource(),
                mount.getRoot(),
                mount.getOptions(),
                mount.hasExtKey() ? mount.getExtKey() : null));
      }
    }
    return mounts;
  }

  private static Report.RootFileSystem rootFileSystem(CheckpointArchive archive)
      throws IOException {
    return new Report.RootFileSystem(
        archive.rootFiles().changed(), archive.rootFiles().more(), archive.deletedFiles());
  }

  private List<Report.StoredFile> files() throws IOException {
    List<Report.StoredFile> files = new ArrayList<>();
    for (CheckpointArchive.Entry file : opened.files()) {
      boolean known = opened.archive() == null || file.isKnown();
      files.add(new Report.StoredFile(file.name(), file.lengthBytes(), known));
    }
    return files;
  }

  private static List<Report.Event> timeline(Report.Container container, Report.Dump dump) {
    List<Report.Event> events = new ArrayList<>();
    if (container != null && container.created() != null) {
      events.add(new Report.Event(container.created(), "container created", -1));
    }
    Map<String, Long> took = dump.statistics();
    step(events, took, "freezing_time", "processes were stopped");
    step(events, took, "frozen_time", "they stood still");
    step(events, took, "memdump_time", "of that, memory was read");
    step(events, took, "memwrite_time", "of that, memory was written");
    if (dump.written() != null) {
      events.add(new Report.Event(dump.written(), "images were complete", -1));
    }
    if (container != null && container.checkpointed() != null) {
      events.add(new Report.Event(container.checkpointed(), "the engine was done", -1));
    }
    return events;
  }

  private static void step(
      List<Report.Event> events, Map<String, Long> took, String name, String what) {
    Long micros = took.get(name);
    if (micros != null && micros > 0) {
      events.add(new Report.Event("", what, micros));
    }
  }

  /**
   * The engine that wrote an archive, by its configuration; {@code unknown} if that says nothing.
   */
  public static String engine(RuntimeSpec spec, CheckpointConfig config) {
    return ContainerReader.engine(spec, config);
  }
}
