// SPDX-License-Identifier: Apache-2.0
package dev.torpor.core;

import dev.torpor.file.Epoll;
import dev.torpor.file.EventFd;
import dev.torpor.file.Fanotify;
import dev.torpor.file.Fifo;
import dev.torpor.file.InetSocket;
import dev.torpor.file.Inotify;
import dev.torpor.file.IoUringFile;
import dev.torpor.file.MessageQueueFile;
import dev.torpor.file.NamespaceFile;
import dev.torpor.file.NetlinkFile;
import dev.torpor.file.PacketSocket;
import dev.torpor.file.PidfdFile;
import dev.torpor.file.Pipe;
import dev.torpor.file.RegularFile;
import dev.torpor.file.SignalFd;
import dev.torpor.file.TimerFd;
import dev.torpor.file.Tty;
import dev.torpor.file.UnixSocket;
import dev.torpor.memory.AioMapping;
import dev.torpor.memory.AnonymousMapping;
import dev.torpor.memory.FileMapping;
import dev.torpor.memory.KernelMapping;
import dev.torpor.memory.LockedMemory;
import dev.torpor.memory.Memfd;
import dev.torpor.memory.RingMapping;
import dev.torpor.memory.SharedMemoryMapping;
import dev.torpor.memory.SysvMapping;
import dev.torpor.room.Rooms;
import dev.torpor.signal.AlternateStack;
import dev.torpor.signal.ParentDeathSignal;
import dev.torpor.signal.PendingSignals;
import dev.torpor.signal.SignalActions;
import dev.torpor.signal.SignalMask;
import dev.torpor.signal.StopSignal;
import dev.torpor.task.Autogroup;
import dev.torpor.task.ChildSubreaper;
import dev.torpor.task.ClearTid;
import dev.torpor.task.CoredumpFilter;
import dev.torpor.task.CpuAffinity;
import dev.torpor.task.Credentials;
import dev.torpor.task.ExitSignal;
import dev.torpor.task.IoContext;
import dev.torpor.task.IoPriority;
import dev.torpor.task.Limits;
import dev.torpor.task.LocalDescriptors;
import dev.torpor.task.LoginUid;
import dev.torpor.task.MachineCheckPolicy;
import dev.torpor.task.MembarrierRegistrations;
import dev.torpor.task.MemoryDenyWriteExecute;
import dev.torpor.task.MemoryMerge;
import dev.torpor.task.MemoryPolicy;
import dev.torpor.task.Name;
import dev.torpor.task.OomScoreAdj;
import dev.torpor.task.OwnTables;
import dev.torpor.task.Personality;
import dev.torpor.task.RobustList;
import dev.torpor.task.Rseq;
import dev.torpor.task.Scheduling;
import dev.torpor.task.SchedulingSlice;
import dev.torpor.task.SeccompState;
import dev.torpor.task.SessionKeyring;
import dev.torpor.task.SystemCallDispatch;
import dev.torpor.task.TaskFlags;
import dev.torpor.task.ThreadNamespaces;
import dev.torpor.task.TimeStampCounter;
import dev.torpor.task.TimerSlack;
import dev.torpor.timer.IntervalTimers;
import dev.torpor.timer.PosixTimers;
import dev.torpor.timer.WaitingCall;
import java.util.List;

/**
 * The list of the core's rooms. To carry something new, write its room and add it here; {@code
 * NamespaceRooms} and {@code Controllers} are the lists of the modules beside the core.
 *
 * <p>Open files are asked in the order of the list whether they know a descriptor, mappings whether
 * they know a line of /proc/PID/smaps. Calls of threads of one {@link dev.torpor.plan.Step} run in
 * its order. So
 *
 * <ul>
 *   <li>limits come behind what opens a file;
 *   <li>a slice and timer slack behind the scheduling policy, which sets them anew;
 *   <li>pending signals behind actions, which can drop them, and before timers, which add to them;
 *   <li>the parent death signal behind the credentials, which clear it.
 * </ul>
 *
 * <p>In a dump those that look through ptrace see a thread as it was stopped, before it answers.
 */
public final class CoreRooms {
  private CoreRooms() {}

  /** All of them, for one look at a tree. */
  public static Rooms all() {
    return new Rooms(
        List.of(
            // Threads.
            new ThreadNamespaces(),
            new OwnTables(),
            new StopSignal(),
            new SignalMask(),
            new Rseq(),
            new SignalActions(),
            new PendingSignals(),
            new AlternateStack(),
            new IntervalTimers(),
            new PosixTimers(),
            new WaitingCall(),
            new Name(),
            new Personality(),
            new TaskFlags(),
            new ClearTid(),
            new RobustList(),
            new Scheduling(),
            new SchedulingSlice(),
            new Autogroup(),
            new SessionKeyring(),
            new CpuAffinity(),
            new IoPriority(),
            new IoContext(),
            new TimerSlack(),
            new MachineCheckPolicy(),
            new TimeStampCounter(),
            new MemoryPolicy(),
            new LocalDescriptors(),
            new LockedMemory(),
            new MemoryMerge(),
            new MemoryDenyWriteExecute(),
            new CoredumpFilter(),
            new ExitSignal(),
            new MembarrierRegistrations(),
            new ChildSubreaper(),
            new OomScoreAdj(),
            new LoginUid(),
            new Limits(),
            new SeccompState(),
            new Credentials(),
            new ParentDeathSignal(),
            new SystemCallDispatch(),
            // Open files.
            new Memfd(),
            new RegularFile(),
            new Pipe(),
            new Fifo(),
            new EventFd(),
            new SignalFd(),
            new TimerFd(),
            new Epoll(),
            new Inotify(),
            new Fanotify(),
            new IoUringFile(),
            new MessageQueueFile(),
            new PidfdFile(),
            new NamespaceFile(),
            new Tty(),
            new UnixSocket(),
            new InetSocket(),
            new NetlinkFile(),
            new PacketSocket(),
            // Mappings.
            new KernelMapping(),
            new AnonymousMapping(),
            new SharedMemoryMapping(),
            new SysvMapping(),
            new RingMapping(),
            new AioMapping(),
            new FileMapping(),
            // The tree as a whole.
            new FileLocks(),
            new LinkedFiles(),
            new NetworkLock()));
  }
}
