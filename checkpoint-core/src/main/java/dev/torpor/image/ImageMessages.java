// SPDX-License-Identifier: Apache-2.0
package dev.torpor.image;

import com.google.protobuf.Message;
import dev.torpor.image.proto.apparmor_entry;
import dev.torpor.image.proto.autofs_entry;
import dev.torpor.image.proto.binfmt_misc_entry;
import dev.torpor.image.proto.bpfmap_data_entry;
import dev.torpor.image.proto.bpfmap_file_entry;
import dev.torpor.image.proto.cgroup_entry;
import dev.torpor.image.proto.core_entry;
import dev.torpor.image.proto.cpuinfo_entry;
import dev.torpor.image.proto.creds_entry;
import dev.torpor.image.proto.eventfd_file_entry;
import dev.torpor.image.proto.eventpoll_file_entry;
import dev.torpor.image.proto.eventpoll_tfd_entry;
import dev.torpor.image.proto.ext_file_entry;
import dev.torpor.image.proto.fanotify_file_entry;
import dev.torpor.image.proto.fanotify_mark_entry;
import dev.torpor.image.proto.fdinfo_entry;
import dev.torpor.image.proto.fifo_entry;
import dev.torpor.image.proto.file_entry;
import dev.torpor.image.proto.file_lock_entry;
import dev.torpor.image.proto.fs_entry;
import dev.torpor.image.proto.ghost_file_entry;
import dev.torpor.image.proto.inet_sk_entry;
import dev.torpor.image.proto.inotify_file_entry;
import dev.torpor.image.proto.inotify_wd_entry;
import dev.torpor.image.proto.inventory_entry;
import dev.torpor.image.proto.ipc_msg_entry;
import dev.torpor.image.proto.ipc_sem_entry;
import dev.torpor.image.proto.ipc_shm_entry;
import dev.torpor.image.proto.ipc_var_entry;
import dev.torpor.image.proto.irmap_cache_entry;
import dev.torpor.image.proto.itimer_entry;
import dev.torpor.image.proto.memfd_inode_entry;
import dev.torpor.image.proto.mm_entry;
import dev.torpor.image.proto.mnt_entry;
import dev.torpor.image.proto.net_device_entry;
import dev.torpor.image.proto.netlink_sk_entry;
import dev.torpor.image.proto.netns_entry;
import dev.torpor.image.proto.ns_file_entry;
import dev.torpor.image.proto.packet_sock_entry;
import dev.torpor.image.proto.pagemap_head;
import dev.torpor.image.proto.pidfd_entry;
import dev.torpor.image.proto.pidns_entry;
import dev.torpor.image.proto.pipe_data_entry;
import dev.torpor.image.proto.pipe_entry;
import dev.torpor.image.proto.posix_timer_entry;
import dev.torpor.image.proto.pstree_entry;
import dev.torpor.image.proto.reg_file_entry;
import dev.torpor.image.proto.remap_file_path_entry;
import dev.torpor.image.proto.rlimit_entry;
import dev.torpor.image.proto.sa_entry;
import dev.torpor.image.proto.seccomp_entry;
import dev.torpor.image.proto.siginfo_entry;
import dev.torpor.image.proto.signalfd_entry;
import dev.torpor.image.proto.sk_packet_entry;
import dev.torpor.image.proto.stats_entry;
import dev.torpor.image.proto.task_kobj_ids_entry;
import dev.torpor.image.proto.tcp_stream_entry;
import dev.torpor.image.proto.timens_entry;
import dev.torpor.image.proto.timerfd_entry;
import dev.torpor.image.proto.tty_data_entry;
import dev.torpor.image.proto.tty_file_entry;
import dev.torpor.image.proto.tty_info_entry;
import dev.torpor.image.proto.tunfile_entry;
import dev.torpor.image.proto.unix_sk_entry;
import dev.torpor.image.proto.userns_entry;
import dev.torpor.image.proto.utsns_entry;
import dev.torpor.image.proto.vma_entry;

/**
 * Which message the entries of each kind of image are.
 *
 * <p>For tools that take any image. Code that dumps or restores names the message itself and loads
 * no other.
 */
public final class ImageMessages {
  private ImageMessages() {}

  /**
   * An empty message of the class the first entry of an image has, and all entries but in pagemaps
   * and ghost files.
   *
   * @throws IllegalArgumentException if the kind is raw data
   */
  public static Message of(ImageType type) {
    return switch (type) {
      case INVENTORY -> inventory_entry.getDefaultInstance();
      case PSTREE -> pstree_entry.getDefaultInstance();
      case CORE -> core_entry.getDefaultInstance();
      case IDS -> task_kobj_ids_entry.getDefaultInstance();
      case MM -> mm_entry.getDefaultInstance();
      case FS -> fs_entry.getDefaultInstance();
      case PAGEMAP, SHMEM_PAGEMAP -> pagemap_head.getDefaultInstance();
      case SECCOMP -> seccomp_entry.getDefaultInstance();
      case CGROUP -> cgroup_entry.getDefaultInstance();
      case APPARMOR -> apparmor_entry.getDefaultInstance();
      case CPUINFO -> cpuinfo_entry.getDefaultInstance();
      case FDINFO -> fdinfo_entry.getDefaultInstance();
      case FILES -> file_entry.getDefaultInstance();
      case FILE_LOCKS -> file_lock_entry.getDefaultInstance();
      case REMAP_FPATH -> remap_file_path_entry.getDefaultInstance();
      case GHOST_FILE -> ghost_file_entry.getDefaultInstance();
      case MEMFD_INODE -> memfd_inode_entry.getDefaultInstance();
      case PIPES_DATA, FIFO_DATA -> pipe_data_entry.getDefaultInstance();
      case SK_QUEUES -> sk_packet_entry.getDefaultInstance();
      case TCP_STREAM -> tcp_stream_entry.getDefaultInstance();
      case TTY_INFO -> tty_info_entry.getDefaultInstance();
      case TTY_DATA -> tty_data_entry.getDefaultInstance();
      case BPFMAP_DATA -> bpfmap_data_entry.getDefaultInstance();
      case UTSNS -> utsns_entry.getDefaultInstance();
      case USERNS -> userns_entry.getDefaultInstance();
      case PIDNS -> pidns_entry.getDefaultInstance();
      case TIMENS -> timens_entry.getDefaultInstance();
      case IPC_VAR -> ipc_var_entry.getDefaultInstance();
      case IPCNS_SHM -> ipc_shm_entry.getDefaultInstance();
      case IPCNS_MSG -> ipc_msg_entry.getDefaultInstance();
      case IPCNS_SEM -> ipc_sem_entry.getDefaultInstance();
      case MNTS -> mnt_entry.getDefaultInstance();
      case AUTOFS -> autofs_entry.getDefaultInstance();
      case BINFMT_MISC -> binfmt_misc_entry.getDefaultInstance();
      case NETDEV -> net_device_entry.getDefaultInstance();
      case NETNS -> netns_entry.getDefaultInstance();
      case STATS_DUMP, STATS_RESTORE -> stats_entry.getDefaultInstance();
      case IRMAP_CACHE -> irmap_cache_entry.getDefaultInstance();
      default -> ofOld(type);
    };
  }

  private static Message ofOld(ImageType type) {
    return switch (type) {
      case REG_FILES -> reg_file_entry.getDefaultInstance();
      case EXT_FILES -> ext_file_entry.getDefaultInstance();
      case NS_FILES -> ns_file_entry.getDefaultInstance();
      case EVENTFD_FILE -> eventfd_file_entry.getDefaultInstance();
      case EVENTPOLL_FILE -> eventpoll_file_entry.getDefaultInstance();
      case EVENTPOLL_TFD -> eventpoll_tfd_entry.getDefaultInstance();
      case SIGNALFD -> signalfd_entry.getDefaultInstance();
      case TIMERFD -> timerfd_entry.getDefaultInstance();
      case INOTIFY_FILE -> inotify_file_entry.getDefaultInstance();
      case INOTIFY_WD -> inotify_wd_entry.getDefaultInstance();
      case FANOTIFY_FILE -> fanotify_file_entry.getDefaultInstance();
      case FANOTIFY_MARK -> fanotify_mark_entry.getDefaultInstance();
      case PIDFD -> pidfd_entry.getDefaultInstance();
      case PIPES -> pipe_entry.getDefaultInstance();
      case FIFO -> fifo_entry.getDefaultInstance();
      case UNIXSK -> unix_sk_entry.getDefaultInstance();
      case INETSK -> inet_sk_entry.getDefaultInstance();
      case PACKETSK -> packet_sock_entry.getDefaultInstance();
      case NETLINK_SK -> netlink_sk_entry.getDefaultInstance();
      case TTY_FILES -> tty_file_entry.getDefaultInstance();
      case TUNFILE -> tunfile_entry.getDefaultInstance();
      case CREDS -> creds_entry.getDefaultInstance();
      case BPFMAP_FILE -> bpfmap_file_entry.getDefaultInstance();
      case VMAS -> vma_entry.getDefaultInstance();
      case SIGACT -> sa_entry.getDefaultInstance();
      case RLIMIT -> rlimit_entry.getDefaultInstance();
      case ITIMERS -> itimer_entry.getDefaultInstance();
      case POSIX_TIMERS -> posix_timer_entry.getDefaultInstance();
      case SIGNAL, PSIGNAL -> siginfo_entry.getDefaultInstance();
      case BINFMT_MISC_OLD -> binfmt_misc_entry.getDefaultInstance();
      default -> throw new IllegalArgumentException(type + " images are raw data");
    };
  }
}
