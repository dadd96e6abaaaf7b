/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-tree: calls that last, namespaces, objects of System V.
 */
#include "properties.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/un.h>
#include <sys/wait.h>

static void wait_for_ever(void)
{
	for (;;)
		pause();
}

/* Calls that last, each in a thread of its own, which says what came of it. */
struct call {
	const char *name;
	int (*make)(void);
	volatile int begun, done, result, error;
};

static int nanosleeps(void)
{
	const struct timespec long_time = { 3600, 0 };

	return syscall(SYS_nanosleep, &long_time, NULL);
}

static int sleeps_until(void)
{
	struct timespec then;

	clock_gettime(CLOCK_MONOTONIC, &then);
	then.tv_sec += 3600;
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL);
}

static int polls(void)
{
	return syscall(SYS_poll, NULL, 0, 3600 * 1000);
}

static int polls_for_ever(void)
{
	return syscall(SYS_poll, NULL, 0, -1);
}

static int selects(void)
{
	struct timespec long_time = { 3600, 0 };

	return syscall(SYS_pselect6, 0, NULL, NULL, NULL, &long_time, NULL);
}

static int waits_for_events(void)
{
	struct epoll_event event;

	return epoll_wait(epoll_create1(0), &event, 1, 3600 * 1000);
}

static int waits_for_events_for_ever(void)
{
	struct epoll_event event;

	return epoll_wait(epoll_create1(0), &event, 1, -1);
}

static int selects_by_microseconds(void)
{
	struct timeval long_time = { 3600, 0 };

	return syscall(SYS_select, 0, NULL, NULL, NULL, &long_time);
}

static int polls_by_nanoseconds(void)
{
	struct timespec long_time = { 3600, 0 };

	return syscall(SYS_ppoll, NULL, 0, &long_time, NULL, 0);
}

static int sleeps_until_the_day(void)
{
	struct timespec then;

	clock_gettime(CLOCK_REALTIME, &then);
	then.tv_sec += 3600;
	return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &then, NULL);
}

static int futex_word;

static int waits_on_futex(void)
{
	return syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static int waits_on_futex_a_while(void)
{
	const struct timespec long_time = { 3600, 0 };

	return syscall(SYS_futex, &futex_word, FUTEX_WAIT_PRIVATE, 0, &long_time, NULL, 0);
}

static int waits_on_futex_until(void)
{
	struct timespec then;

	clock_gettime(CLOCK_MONOTONIC, &then);
	then.tv_sec += 3600;
	return syscall(SYS_futex, &futex_word, FUTEX_WAIT_BITSET_PRIVATE, 0, &then, NULL, -1);
}

static unsigned owned_word;

/* The main thread has it, and does not know. */
static int waits_for_owner(void)
{
	owned_word = getpid();
	return syscall(SYS_futex, &owned_word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
}

static int waits_on_futexes(void)
{
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} waiter = { 0, (uintptr_t)&futex_word, 2 | 128, 0 };
	struct timespec then;

	clock_gettime(CLOCK_MONOTONIC, &then);
	then.tv_sec += 3600;
	return syscall(449, &waiter, 1, 0, &then, CLOCK_MONOTONIC);
}

static int waits_for_signal(void)
{
	const struct timespec long_time = { 3600, 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	return sigtimedwait(&set, NULL, &long_time);
}

static int reads_pipe(void)
{
	int pipes[2];
	char byte;

	return pipe(pipes) ?: (int)read(pipes[0], &byte, 1);
}

static int fills_pipe(void)
{
	int pipes[2];
	static char much[1 << 18];

	return pipe(pipes) ?: (int)write(pipes[1], much, sizeof(much));
}

static int receives(void)
{
	int pair[2];
	char byte;

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ?: (int)recv(pair[0], &byte, 1, 0);
}

static int receives_a_while(void)
{
	int pair[2];
	char byte;
	struct timeval long_time = { 3600, 0 };

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof(long_time)))
		return -1;
	return recv(pair[0], &byte, 1, 0);
}

static int accepts(void)
{
	struct sockaddr_un name = { AF_UNIX, "" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&name, sizeof(name.sun_family)) || listen(listener, 1))
		return -1;
	return accept(listener, NULL, NULL);
}

static int reads_counter(void)
{
	uint64_t count;

	return read(eventfd(0, 0), &count, sizeof(count));
}

static int opens_fifo(void)
{
	/* It is looked up again when the call is made again. */
	const char *path = strdup(in_directory("nobody"));

	return mkfifo(path, 0600) ?: open(path, O_RDONLY);
}

static int waits_for_child(void)
{
	int pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait_for_ever();
	}
	return waitpid(pid, NULL, 0);
}

static int waits_for_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int first = open(in_directory("waited-ofd"), O_RDWR | O_CREAT, 0600), second = open(in_directory("waited-ofd"), O_RDWR);

	return fcntl(first, F_OFD_SETLK, &lock) ?: fcntl(second, F_OFD_SETLKW, &lock);
}

static int locks(void)
{
	int first = open(in_directory("waited"), O_RDWR | O_CREAT, 0600), second = open(in_directory("waited"), O_RDWR);

	return flock(first, LOCK_EX) ?: flock(second, LOCK_EX);
}

static int pauses(void)
{
	return pause();
}

static int suspends(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigsuspend(&none);
}

static struct call calls[] = {
	{ "nanosleep", nanosleeps, 0, 0, 0, 0 },
	{ "clock_nanosleep until a time", sleeps_until, 0, 0, 0, 0 },
	{ "poll with a timeout", polls, 0, 0, 0, 0 },
	{ "poll without one", polls_for_ever, 0, 0, 0, 0 },
	{ "pselect with a timeout", selects, 0, 0, 0, 0 },
	{ "epoll_wait with a timeout", waits_for_events, 0, 0, 0, 0 },
	{ "epoll_wait without one", waits_for_events_for_ever, 0, 0, 0, 0 },
	{ "select with a timeout", selects_by_microseconds, 0, 0, 0, 0 },
	{ "ppoll with a timeout", polls_by_nanoseconds, 0, 0, 0, 0 },
	{ "clock_nanosleep until a time of day", sleeps_until_the_day, 0, 0, 0, 0 },
	{ "FUTEX_LOCK_PI", waits_for_owner, 0, 0, 0, 0 },
	{ "futex_waitv until a time", waits_on_futexes, 0, 0, 0, 0 },
	{ "recv with SO_RCVTIMEO", receives_a_while, 0, 0, 0, 0 },
	{ "accept", accepts, 0, 0, 0, 0 },
	{ "read of an eventfd", reads_counter, 0, 0, 0, 0 },
	{ "open of a FIFO", opens_fifo, 0, 0, 0, 0 },
	{ "waitpid", waits_for_child, 0, 0, 0, 0 },
	{ "F_OFD_SETLKW", waits_for_lock, 0, 0, 0, 0 },
	{ "futex wait", waits_on_futex, 0, 0, 0, 0 },
	{ "futex wait with a timeout", waits_on_futex_a_while, 0, 0, 0, 0 },
	{ "futex wait until a time", waits_on_futex_until, 0, 0, 0, 0 },
	{ "sigtimedwait", waits_for_signal, 0, 0, 0, 0 },
	{ "read of an empty pipe", reads_pipe, 0, 0, 0, 0 },
	{ "write to a full pipe", fills_pipe, 0, 0, 0, 0 },
	{ "recv", receives, 0, 0, 0, 0 },
	{ "flock", locks, 0, 0, 0, 0 },
	{ "pause", pauses, 0, 0, 0, 0 },
	{ "sigsuspend", suspends, 0, 0, 0, 0 },
};

static void *make_call(void *of)
{
	struct call *call = of;

	call->begun = true;
	call->result = call->make();
	call->error = errno;
	call->done = true;
	wait_for_ever();
	return NULL;
}

static int start_call(const void *of)
{
	pthread_t thread;
	const struct call *call = of;

	if (pthread_create(&thread, NULL, make_call, (void *)of))
		return -1;
	while (!call->begun)
		sleep_ms(1);
	sleep_ms(5);
	return 0;
}

static int get_call(char *value, const void *of)
{
	const struct call *call = of;

	if (!call->begun)
		return say(value, "not begun");
	return call->done ? say(value, "gave %d (%s)", call->result, call->result < 0 ? strerror(call->error) : "") :
			    say(value, "lasts");
}

static void lasting(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		property(calls[i].name, start_call, get_call, &calls[i]);
}

/* Namespaces of the tree. */

static int set_sysctl(const void *of)
{
	const char *const *file = of;

	return write_text(file[0], file[1]);
}

static int get_sysctl(char *value, const void *of)
{
	const struct line line = { *(const char *const *)of, NULL };

	return get_line(value, &line);
}

#define SYSCTL(path, text) { "/proc/sys/" path, text }

static const char *const of_ipc[][2] = {
	SYSCTL("kernel/msgmax", "9000"),     SYSCTL("kernel/msgmnb", "17000"),
	SYSCTL("kernel/msgmni", "300"),	     SYSCTL("kernel/sem", "300 33000 40 130"),
	SYSCTL("kernel/shmmax", "12345678"), SYSCTL("kernel/shmall", "123456"),
	SYSCTL("kernel/shmmni", "111"),	     SYSCTL("kernel/shm_rmid_forced", "1"),
	SYSCTL("fs/mqueue/queues_max", "11"), SYSCTL("fs/mqueue/msg_max", "12"),
	SYSCTL("fs/mqueue/msgsize_max", "8000"), SYSCTL("fs/mqueue/msg_default", "5"),
	SYSCTL("fs/mqueue/msgsize_default", "4000"),
};

static const char *const of_network[][2] = {
	SYSCTL("net/ipv4/ping_group_range", "5 66"), SYSCTL("net/unix/max_dgram_qlen", "33"),
	SYSCTL("net/ipv4/conf/lo/forwarding", "1"), SYSCTL("net/ipv4/conf/all/rp_filter", "1"),
	SYSCTL("net/ipv6/conf/lo/hop_limit", "33"), SYSCTL("net/ipv4/conf/default/accept_local", "1"),
	SYSCTL("net/core/somaxconn", "99"), SYSCTL("net/ipv4/tcp_congestion_control", "reno"),
	SYSCTL("net/ipv4/tcp_keepalive_time", "111"), SYSCTL("net/ipv4/ip_local_port_range", "20000 30000"),
	SYSCTL("net/ipv4/ip_unprivileged_port_start", "80"), SYSCTL("net/ipv4/tcp_fin_timeout", "11"),
	SYSCTL("net/ipv4/tcp_rmem", "5000 90000 700000"),
};

static void sysctls(const char *const rows[][2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		property(rows[i][0] + strlen("/proc/sys/"), set_sysctl, get_sysctl, rows[i]);
}

static void begin_namespaces(int flags)
{
	if (unshare(flags))
		die("unshare");
}

static int set_host_name(const void *of)
{
	return sethostname(of, strlen(of));
}

static int get_host_name(char *value, const void *of)
{
	char name[65] = "";

	(void)of;
	return gethostname(name, sizeof(name)) ? -1 : say(value, "%s", name);
}

static int set_domain(const void *of)
{
	return setdomainname(of, strlen(of));
}

static int get_domain(char *value, const void *of)
{
	char name[65] = "";

	(void)of;
	return getdomainname(name, sizeof(name)) ? -1 : say(value, "%s", name);
}

static struct {
	int shm, sem, msg;
} ids = { -1, -1, -1 };

static int make_shm(const void *of)
{
	char *at;

	(void)of;
	ids.shm = shmget(0x1234, 5000, IPC_CREAT | 0640);
	at = shmat(ids.shm, NULL, 0);
	if (at == (void *)-1)
		return -1;
	strcpy(at, "shared");
	return 0;
}

static int get_shm(char *value, const void *of)
{
	struct shmid_ds is;

	(void)of;
	return shmctl(ids.shm, IPC_STAT, &is) ? -1 : say(value, "%d %zu %o %x", ids.shm, is.shm_segsz, is.shm_perm.mode, is.shm_perm.__key);
}

static int make_sem(const void *of)
{
	unsigned short values[] = { 3, 7 };

	(void)of;
	ids.sem = semget(0x1235, 2, IPC_CREAT | 0640);
	return semctl(ids.sem, 0, SETALL, values);
}

static int get_sem(char *value, const void *of)
{
	(void)of;
	return ids.sem < 0 ? -1 : say(value, "%d %d %d", ids.sem, semctl(ids.sem, 0, GETVAL), semctl(ids.sem, 1, GETVAL));
}

static int make_msg(const void *of)
{
	struct {
		long type;
		char text[8];
	} message = { 5, "waits" };

	(void)of;
	ids.msg = msgget(0x1236, IPC_CREAT | 0640);
	return msgsnd(ids.msg, &message, sizeof(message.text), 0);
}

static int get_msg(char *value, const void *of)
{
	struct msqid_ds is;

	(void)of;
	return msgctl(ids.msg, IPC_STAT, &is) ? -1 : say(value, "%d %lu %lu %o", ids.msg, is.msg_qnum, is.__msg_cbytes, is.msg_perm.mode);
}

static mqd_t queue = -1;

static int make_queue(const void *of)
{
	queue = mq_open("/torpor-coverage", O_RDWR | O_CREAT, 0600, NULL);
	return queue < 0 ? -1 : mq_send(queue, of, strlen(of), 3);
}

static int get_queue(char *value, const void *of)
{
	struct mq_attr is;

	(void)of;
	return mq_getattr(queue, &is) ? -1 : say(value, "%ld %ld %ld", is.mq_maxmsg, is.mq_msgsize, is.mq_curmsgs);
}

static void of_uts(void)
{
	begin_namespaces(CLONE_NEWUTS);
	property("host name", set_host_name, get_host_name, "a-host");
	property("domain name", set_domain, get_domain, "a.domain");
}

static void of_ipc_namespace(void)
{
	begin_namespaces(CLONE_NEWIPC);
	sysctls(of_ipc, sizeof(of_ipc) / sizeof(*of_ipc));
	property("shared memory segment", make_shm, get_shm, NULL);
	property("semaphores", make_sem, get_sem, NULL);
	property("message queue of System V", make_msg, get_msg, NULL);
	property("POSIX message queue", make_queue, get_queue, "waits");
}

static int raise_loopback(const void *of)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), done = ioctl(fd, SIOCSIFFLAGS, &request);

	(void)of;
	close(fd);
	return done;
}

static int get_loopback(char *value, const void *of)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), done = ioctl(fd, SIOCGIFFLAGS, &request);

	(void)of;
	close(fd);
	return done ? -1 : say(value, "%x", request.ifr_flags);
}

static int set_mtu(const void *of)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_mtu = 4321 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), done = ioctl(fd, SIOCSIFMTU, &request);

	(void)of;
	close(fd);
	return done;
}

static int get_mtu(char *value, const void *of)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), done = ioctl(fd, SIOCGIFMTU, &request);

	(void)of;
	close(fd);
	return done ? -1 : say(value, "%d", request.ifr_mtu);
}

static void of_network_namespace(void)
{
	begin_namespaces(CLONE_NEWNET);
	property("loopback device is up", raise_loopback, get_loopback, NULL);
	property("MTU of the loopback device", set_mtu, get_mtu, NULL);
	sysctls(of_network, sizeof(of_network) / sizeof(*of_network));
}

static const struct group groups[] = {
	{ "lasting-calls", lasting },
	{ "uts-namespace", of_uts },
	{ "ipc-namespace", of_ipc_namespace },
	{ "network-namespace", of_network_namespace },
};

SERVE(groups)
