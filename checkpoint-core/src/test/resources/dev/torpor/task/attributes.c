// SPDX-License-Identifier: Apache-2.0

// A task that has one of everything a thread can have. Each letter of its argument adds something;
// "ready" on standard output says that all of it is there, then it waits.

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PROC_FD 100

static char altstack[65536];
static char dumb[65536];
static volatile int thread_ready;
static const char *wanted;

static int want(char letter)
{
	return strchr(wanted, letter) != NULL;
}

static void check(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

static void handler(int signo)
{
	(void)signo;
}

static void block(int a, int b, int c)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, a);
	sigaddset(&mask, b);
	sigaddset(&mask, c);
	check(pthread_sigmask(SIG_SETMASK, &mask, NULL), "sigmask");
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART | SA_ONSTACK };
	stack_t stack = { .ss_sp = altstack, .ss_size = sizeof(altstack) };
	union sigval value = { .sival_int = 77 };

	sigaddset(&action.sa_mask, SIGHUP);
	check(sigaction(SIGUSR1, &action, NULL), "sigaction");
	check(sigaction(SIGRTMAX, &action, NULL), "sigaction");
	action.sa_flags |= SA_NOCLDSTOP;
	check(sigaction(SIGCHLD, &action, NULL), "sigaction");
	signal(SIGPIPE, SIG_IGN);
	check(sigaltstack(&stack, NULL), "sigaltstack");
	block(SIGUSR1, SIGUSR2, SIGRTMIN + 5);
	kill(getpid(), SIGUSR1);
	sigqueue(getpid(), SIGRTMIN + 5, value);
	sigqueue(getpid(), SIGRTMIN + 5, value);
	syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
}

static void timers(void)
{
	struct itimerval interval = { { 100, 5 }, { 1000, 7 } };
	struct itimerspec when = { { 9, 10 }, { 500, 6 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1 };
	timer_t id, gap;

	check(setitimer(ITIMER_REAL, &interval, NULL), "setitimer");
	interval.it_value.tv_sec = 2000;
	check(setitimer(ITIMER_PROF, &interval, NULL), "setitimer");
	event.sigev_value.sival_ptr = (void *)0x1122334455667788;
	check(timer_create(CLOCK_MONOTONIC, &event, &id), "timer_create");
	check(timer_settime(id, 0, &when, NULL), "timer_settime");
	check(timer_create(CLOCK_REALTIME, &event, &gap), "timer_create");
	event.sigev_notify = SIGEV_THREAD_ID;
	event._sigev_un._tid = getpid();
	check(timer_create(CLOCK_BOOTTIME, &event, &id), "timer_create");
	check(timer_delete(gap), "timer_delete");
	event.sigev_notify = SIGEV_NONE;
	check(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &id), "timer_create");
}

static void attributes(void)
{
	struct rlimit files = { 1000, 1500 }, size = { 12345678, RLIM_INFINITY };
	struct sched_param none = { 0 };
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	check(write(fd, "123", 3), "oom_score_adj");
	close(fd);
	check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
	check(setrlimit(RLIMIT_FSIZE, &size), "setrlimit");
	check(prctl(PR_SET_CHILD_SUBREAPER, 1), "subreaper");
	check(prctl(PR_SET_NAME, "rich(prog) \\\xff)"), "name");
	check(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), "membarrier");
	check(personality(ADDR_NO_RANDOMIZE | SHORT_INODE), "personality");
	check(setpriority(PRIO_PROCESS, 0, 3), "nice");
	check(sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none), "scheduler");
}

static void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static void wait_in_handler(int signo)
{
	(void)signo;
	ready();
	for (;;)
		pause();
}

// Waits in a signal handler on the alternate stack.
static void on_altstack(void)
{
	struct sigaction action = { .sa_handler = wait_in_handler, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_sp = altstack, .ss_size = sizeof(altstack) };

	check(sigaltstack(&stack, NULL), "sigaltstack");
	check(sigaction(SIGALRM, &action, NULL), "sigaction");
	raise(SIGALRM);
}

// Waits with another mask than its own.
static void in_sigsuspend(void)
{
	sigset_t mask;

	block(SIGUSR1, SIGUSR2, SIGTERM);
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	ready();
	for (;;)
		sigsuspend(&mask);
}

// Spins in a restartable sequence; when the kernel aborts it, begins again.
static void in_rseq(void)
{
	struct {
		unsigned int version, flags;
		unsigned long long start_ip, post_commit_offset, abort_ip;
	} __attribute__((aligned(32))) section = { 0 };
	char *area = (char *)__builtin_thread_pointer() + __rseq_offset;

	ready();
	__asm__ volatile("leaq 2f(%%rip), %%rax\n\t"
			 "movq %%rax, 8(%0)\n\t"
			 "movq $(3f - 2f), 16(%0)\n\t"
			 "leaq 4f(%%rip), %%rax\n\t"
			 "movq %%rax, 24(%0)\n\t"
			 "1: movq %0, 8(%1)\n\t"
			 "2: pause\n\t"
			 "jmp 2b\n\t"
			 "3: jmp 1b\n\t"
			 ".byte 0x0f, 0xb9, 0x3d\n\t"
			 ".long 0x53053053\n\t"
			 "4: jmp 1b\n\t"
			 :
			 : "r"(&section), "r"(area)
			 : "rax", "memory");
}

static void *thread(void *unused)
{
	siginfo_t info = { .si_signo = SIGUSR2, .si_code = SI_QUEUE };
	struct sched_param first = { .sched_priority = 1 };
	stack_t stack = { .ss_sp = dumb, .ss_size = sizeof(dumb), .ss_flags = 1 << 31 };

	block(SIGUSR1, SIGUSR2, SIGRTMIN + 5);
	check(prctl(PR_SET_NAME, "thread"), "name");
	check(prctl(PR_SET_PDEATHSIG, SIGTERM), "pdeathsig");
	check(sigaltstack(&stack, NULL), "sigaltstack");
	check(setpriority(PRIO_PROCESS, 0, 7), "nice");
	check(sched_setscheduler(0, SCHED_RR, &first), "scheduler");
	info.si_value.sival_int = 42;
	check(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR2, &info), "sigqueue");
	thread_ready = 1;
	for (;;)
		pause();
	return unused;
}

static void filter(struct sock_filter *code, int length, int flags)
{
	struct sock_fprog program = { length, code };

	check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program), "seccomp");
}

static void seccomp(void)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_filter but_one[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
					 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 9999, 0, 1),
					 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 5),
					 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };

	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	filter(all, 1, SECCOMP_FILTER_FLAG_LOG);
	filter(but_one, 4, want('T') ? SECCOMP_FILTER_FLAG_TSYNC : 0);
}

static void identity(int user)
{
	gid_t groups[3] = { 5, 6, 70000 };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	check(prctl(PR_CAPBSET_DROP, CAP_SYS_RAWIO, 0, 0, 0), "bounding");
	check(syscall(SYS_setgroups, 3, groups), "groups");
	check(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP), "securebits");
	if (user) {
		check(syscall(SYS_setresgid, 10, 11, 12), "gid");
		check(syscall(SYS_setresuid, 20, 21, 22), "uid");
	}
	syscall(SYS_setfsgid, 13);
	syscall(SYS_setfsuid, 23);
	check(syscall(SYS_capget, &header, data), "capget");
	data[0].inheritable = 1 << CAP_NET_RAW | 1 << CAP_CHOWN;
	check(syscall(SYS_capset, &header, data), "capset");
	check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0), "ambient");
	data[0].effective &= ~(1 << CAP_KILL);
	check(syscall(SYS_capset, &header, data), "capset");
	check(prctl(PR_SET_PDEATHSIG, SIGHUP), "pdeathsig");
}

int main(int argc, char **argv)
{
	pthread_t id;

	wanted = argc > 1 ? argv[1] : "";
	check(dup2(open("/proc", O_RDONLY | O_DIRECTORY), PROC_FD), "/proc");
	if (want('g'))
		signals();
	if (want('m'))
		timers();
	if (want('a'))
		attributes();
	if (want('t')) {
		check(pthread_create(&id, NULL, thread, NULL), "pthread_create");
		while (!thread_ready)
			usleep(1000);
	}
	if (want('u') || want('c'))
		identity(want('u'));
	if (want('s') || want('T'))
		seccomp();
	if (want('o'))
		on_altstack();
	if (want('w'))
		in_sigsuspend();
	if (want('r'))
		in_rseq();
	ready();
	if (want('S'))
		check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), "strict");
	while (want('S'))
		read(0, dumb, 1);
	for (;;)
		pause();
}
