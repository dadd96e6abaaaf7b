/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-task: what a task and a thread are: attributes, credentials, limits.
 */
#include "attributes.h"
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* prctl(2): what sets, what gets, whether by its result, and the value. */
struct control {
	int set, get;
	bool by_result;
	unsigned long values[3];
};

static int set_control(const void *of)
{
	const struct control *control = of;

	return prctl(control->set, control->values[0], control->values[1], control->values[2], 0);
}

static int get_control(char *value, const void *of)
{
	const struct control *control = of;
	int word = 0, result = prctl(control->get, control->by_result ? 0 : (long)&word, 0, 0, 0);

	return result < 0 ? -1 : say(value, "%d", control->by_result ? result : word);
}

#define CONTROL(name, set, get, by_result, ...) \
	{ name, set_control, get_control, &(const struct control){ set, get, by_result, { __VA_ARGS__ } }, false }
#define CONTROL_OF_PROCESS(name, set, get, by_result, ...) \
	{ name, set_control, get_control, &(const struct control){ set, get, by_result, { __VA_ARGS__ } }, true }

/* A file of /proc that is written and read. */
struct proc_file {
	const char *path, *text;
};

static int set_file(const void *of)
{
	const struct proc_file *file = of;

	return write_text(file->path, file->text);
}

static int get_file(char *value, const void *of)
{
	const struct line line = { ((const struct proc_file *)of)->path, NULL };

	return get_line(value, &line);
}

/* Without its number, which the kernel gives. */
static int get_autogroup(char *value, const void *of)
{
	char text[VALUE_BYTES] = "";

	return get_file(text, of) ? -1 : say(value, "%s", strchr(text, ' ') ?: "none");
}

#define PROC_FILE(name, path, text) \
	{ name, text ? set_file : NULL, get_file, &(const struct proc_file){ path, text }, true }
#define PROC_LINE(name, path, key) { name, NULL, get_line, &(const struct line){ path, key }, true }

static int set_name(const void *of)
{
	return prctl(PR_SET_NAME, of);
}

static int get_name(char *value, const void *of)
{
	char name[17] = { 0 };

	(void)of;
	return prctl(PR_GET_NAME, name) < 0 ? -1 : say(value, "%s", name);
}

static int set_nice(const void *of)
{
	return setpriority(PRIO_PROCESS, 0, *(const int *)of);
}

static int get_nice(char *value, const void *of)
{
	(void)of;
	return say(value, "%d", getpriority(PRIO_PROCESS, 0));
}

struct sched_attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static int get_sched_attributes(struct sched_attributes *attributes)
{
	memset(attributes, 0, sizeof(*attributes));
	return syscall(SYS_sched_getattr, 0, attributes, sizeof(*attributes), 0);
}

static int set_slice(const void *of)
{
	struct sched_attributes attributes;

	(void)of;
	get_sched_attributes(&attributes);
	attributes.runtime = 7000000;
	return syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static int get_slice(char *value, const void *of)
{
	struct sched_attributes attributes;

	(void)of;
	return get_sched_attributes(&attributes) ? -1 : say(value, "%llu", (unsigned long long)attributes.runtime);
}

static int set_policy(const void *of)
{
	const int *policy = of;
	struct sched_param parameter = { policy[1] };

	return syscall(SYS_sched_setscheduler, 0, policy[0], &parameter);
}

static int get_policy(char *value, const void *of)
{
	struct sched_attributes attributes;

	(void)of;
	return get_sched_attributes(&attributes) ? -1 : say(value, "%u %u", attributes.policy, attributes.priority);
}

static int get_reset_on_fork(char *value, const void *of)
{
	(void)of;
	return say(value, "%lx", syscall(SYS_sched_getscheduler, 0) & 0x40000000);
}

static int set_affinity(const void *of)
{
	return syscall(SYS_sched_setaffinity, 0, sizeof(long), of);
}

static int get_affinity(char *value, const void *of)
{
	unsigned long mask = 0;

	(void)of;
	return syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask) < 0 ? -1 : say(value, "%lx", mask);
}

static int set_io_priority(const void *of)
{
	return syscall(SYS_ioprio_set, 1, 0, *(const int *)of);
}

static int get_io_priority(char *value, const void *of)
{
	(void)of;
	return say(value, "%lx", syscall(SYS_ioprio_get, 1, 0));
}

static int set_personality(const void *of)
{
	return personality(*(const unsigned *)of);
}

static int get_personality(char *value, const void *of)
{
	(void)of;
	return say(value, "%x", personality(0xffffffff));
}

static int set_umask(const void *of)
{
	umask(*(const int *)of);
	return 0;
}

static int get_umask(char *value, const void *of)
{
	int mask = umask(0);

	(void)of;
	umask(mask);
	return say(value, "%o", mask);
}

static int set_cwd(const void *of)
{
	return chdir(of);
}

static int get_cwd(char *value, const void *of)
{
	char path[512];

	(void)of;
	return getcwd(path, sizeof(path)) ? say(value, "%s", path) : -1;
}

static char stack[65536];

static int set_stack(const void *of)
{
	stack_t now = { .ss_sp = stack, .ss_size = 32768, .ss_flags = *(const int *)of };

	return sigaltstack(&now, NULL);
}

static int get_stack(char *value, const void *of)
{
	stack_t now;

	(void)of;
	return sigaltstack(NULL, &now) ? -1 : say(value, "%p %zu %x", now.ss_sp, now.ss_size, now.ss_flags);
}

static int get_mask(char *value, const void *of)
{
	unsigned long mask = 0;

	(void)of;
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
	return say(value, "%lx", mask);
}

static int set_robust_list(const void *of)
{
	static struct {
		void *next;
		long offset;
		void *pending;
	} list = { &list, 0, NULL };

	(void)of;
	return syscall(SYS_set_robust_list, &list, sizeof(list));
}

static int get_robust_list(char *value, const void *of)
{
	void *head;
	size_t length;

	(void)of;
	return syscall(SYS_get_robust_list, 0, &head, &length) ? -1 : say(value, "%p", head);
}

static int get_tid_address(char *value, const void *of)
{
	void *address;

	(void)of;
	return prctl(PR_GET_TID_ADDRESS, &address) ? -1 : say(value, "%p", address);
}

static int install_filter(const void *of)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, *(const int *)of, &program);
}

/* What seccomp says of itself: how many filters, of which /proc tells. */
static int get_filters(char *value, const void *of)
{
	static char path[64];
	struct line line = { path, "Seccomp_filters:" };

	(void)of;
	snprintf(path, sizeof(path), "/proc/self/task/%ld/status", syscall(SYS_gettid));
	return get_line(value, &line);
}

static char dispatch_selector;

static int set_dispatch(const void *of)
{
	(void)of;
	return prctl(59, 1, 0, 0, &dispatch_selector);
}

/* Turned on by the byte for the moment of a call, which then is not made, but SIGSYS comes. */
static volatile int dispatched;

static void on_dispatch(int signal)
{
	(void)signal;
	dispatch_selector = 0;
	dispatched++;
}

static int get_dispatch(char *value, const void *of)
{
	int before = dispatched;

	(void)of;
	signal(SIGSYS, on_dispatch);
	dispatch_selector = 1;
	syscall(SYS_getppid);
	dispatch_selector = 0;
	return say(value, "%s", dispatched == before ? "off" : "on");
}

static int get_auxiliary_vector(char *value, const void *of)
{
	char bytes[512];
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC), length = read(fd, bytes, sizeof(bytes));

	(void)of;
	close(fd);
	return length < 0 ? -1 : say_bytes(value, bytes, length);
}

static int join_keyring(const void *of)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, of) < 0)
		return -1;
	/* As runc does, for those who come later. */
	return syscall(SYS_keyctl, KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, 0x3f1b0000);
}

static int describe_keyring(char *value, const void *of)
{
	char text[256] = "";

	(void)of;
	return syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text)) < 0 ? -1 : say(value, "%s", text);
}

static const struct attribute of_task[] = {
	{ "name", set_name, get_name, "some\"name)", false },
	{ "nice value", set_nice, get_nice, &(const int){ 5 }, false },
	{ "slice", set_slice, get_slice, NULL, false },
	{ "CPU affinity", set_affinity, get_affinity, &(const long){ 2 }, false },
	{ "I/O priority", set_io_priority, get_io_priority, &(const int){ 2 << 13 | 6 }, false },
	CONTROL("timer slack", PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, true, 123456),
	CONTROL("parent death signal", PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, false, SIGURG),
	CONTROL("PR_SET_TSC", PR_SET_TSC, PR_GET_TSC, false, PR_TSC_SIGSEGV),
	CONTROL("PR_MCE_KILL", PR_MCE_KILL, PR_MCE_KILL_GET, true, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY),
	CONTROL("keep capabilities", PR_SET_KEEPCAPS, PR_GET_KEEPCAPS, true, 1),
	{ "signal mask", set_mask, get_mask, &(const int){ SIGUSR2 }, false },
	{ "alternate stack", set_stack, get_stack, &(const int){ 0 }, false },
	{ "alternate stack that disarms itself", set_stack, get_stack, &(const int){ 1 << 31 }, false },
	{ "robust list", set_robust_list, get_robust_list, NULL, false },
	{ "tid address", NULL, get_tid_address, NULL, false },
	{ "user dispatch of system calls", set_dispatch, get_dispatch, NULL, false },
	CONTROL_OF_PROCESS("dumpable", PR_SET_DUMPABLE, PR_GET_DUMPABLE, true, 0),
	CONTROL_OF_PROCESS("child subreaper", PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER, false, 1),
	CONTROL_OF_PROCESS("PR_SET_THP_DISABLE", PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, true, 1),
	CONTROL_OF_PROCESS("PR_SET_MEMORY_MERGE", 67, 68, true, 1),
	CONTROL_OF_PROCESS("PR_SET_IO_FLUSHER", PR_SET_IO_FLUSHER, PR_GET_IO_FLUSHER, true, 1),
	{ "personality", set_personality, get_personality, &(const unsigned){ ADDR_NO_RANDOMIZE | UNAME26 }, true },
	{ "umask", set_umask, get_umask, &(const int){ 027 }, true },
	{ "working directory", set_cwd, get_cwd, "/usr", true },
	PROC_FILE("coredump_filter", "/proc/self/coredump_filter", "0x7f"),
	PROC_FILE("oom_score_adj", "/proc/self/oom_score_adj", "321"),
	{ "nice value of the autogroup", set_file, get_autogroup, &(const struct proc_file){ "/proc/self/autogroup", "4" }, true },
	PROC_FILE("number of the autogroup", "/proc/self/autogroup", NULL),
	{ "session keyring", join_keyring, describe_keyring, "_ses.properties", true },
	PROC_FILE("loginuid", "/proc/self/loginuid", "1234"),
	PROC_FILE("audit session", "/proc/self/sessionid", NULL),
	PROC_FILE("command line", "/proc/self/cmdline", NULL),
	PROC_FILE("environment", "/proc/self/environ", NULL),
	PROC_FILE("cgroups", "/proc/self/cgroup", NULL),
	{ "auxiliary vector", NULL, get_auxiliary_vector, NULL, true },
	PROC_LINE("groups", "/proc/self/status", "Groups:"),
	PROC_LINE("threads", "/proc/self/status", "Threads:"),
	PROC_LINE("core dumping and THP", "/proc/self/status", "THP_enabled:"),
};

static const struct attribute policies[] = {
	{ "SCHED_RESET_ON_FORK", set_policy, get_reset_on_fork, (const int[]){ 0x40000000, 0 }, false },
	{ "SCHED_RR", set_policy, get_policy, (const int[]){ SCHED_RR, 3 }, false },
};

static const struct attribute batch[] = {
	{ "SCHED_BATCH", set_policy, get_policy, (const int[]){ SCHED_BATCH, 0 }, false },
};

static const struct attribute idle[] = {
	{ "SCHED_IDLE", set_policy, get_policy, (const int[]){ SCHED_IDLE, 0 }, false },
};

static const struct attribute first_in_first_out[] = {
	{ "SCHED_FIFO", set_policy, get_policy, (const int[]){ SCHED_FIFO, 2 }, false },
};

static void task(void)
{
	ATTRIBUTES(of_task);
	ATTRIBUTES(policies);
}

static void thread(void)
{
	begin_thread();
	task();
}

static void scheduling(void)
{
	ATTRIBUTES(batch);
	begin_thread();
	ATTRIBUTES(idle);
	ATTRIBUTES(first_in_first_out);
}

/* Memory protection of PR_SET_MDWE, seccomp: what confines; no_new_privs first, as filters want it. */
static const struct attribute confinement[] = {
	CONTROL("no_new_privs", PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, true, 1),
	CONTROL_OF_PROCESS("PR_SET_MDWE", 65, 66, true, 1),
	{ "seccomp filter", install_filter, get_filters, &(const int){ 0 }, false },
	{ "seccomp filter with SECCOMP_FILTER_FLAG_LOG", install_filter, get_filters, &(const int){ 2 }, false },
	CONTROL("speculative store bypass", PR_SET_SPECULATION_CTRL, PR_GET_SPECULATION_CTRL, true, 0, PR_SPEC_DISABLE),
};

static void confined(void)
{
	ATTRIBUTES(confinement);
}

static void confined_thread(void)
{
	begin_thread();
	ATTRIBUTES(confinement);
}

/* Credentials. */

static int set_groups(const void *of)
{
	return syscall(SYS_setgroups, 2, of);
}

static int set_gids(const void *of)
{
	const unsigned *ids = of;

	return syscall(SYS_setresgid, ids[0], ids[1], ids[2]);
}

static int set_uids(const void *of)
{
	const unsigned *ids = of;

	return syscall(SYS_setresuid, ids[0], ids[1], ids[2]);
}

static int set_fsuid(const void *of)
{
	setfsuid(*(const int *)of);
	return 0;
}

static int set_fsgid(const void *of)
{
	setfsgid(*(const int *)of);
	return 0;
}

static int get_uids(char *value, const void *of)
{
	(void)of;
	return get_status(value, "Uid:");
}

static int get_gids(char *value, const void *of)
{
	(void)of;
	return get_status(value, "Gid:");
}

static int get_groups(char *value, const void *of)
{
	(void)of;
	return get_status(value, "Groups:");
}

/* Which of the sets, by its line in status, and the capability. */
struct capability {
	const char *line;
	int number;
};

static int drop(const void *of)
{
	const struct capability *capability = of;
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];
	unsigned bit = 1U << capability->number;

	if (!strcmp(capability->line, "CapBnd:"))
		return prctl(PR_CAPBSET_DROP, capability->number);
	if (!strcmp(capability->line, "CapAmb:"))
		return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability->number, 0, 0);
	if (syscall(SYS_capget, &header, sets))
		return -1;
	if (!strcmp(capability->line, "CapInh:"))
		sets[0].inheritable |= bit;
	else
		sets[0].effective &= ~bit;
	if (!strcmp(capability->line, "CapPrm:"))
		sets[0].permitted &= ~bit;
	return syscall(SYS_capset, &header, sets);
}

static int get_capability(char *value, const void *of)
{
	return get_status(value, ((const struct capability *)of)->line);
}

#define CAPABILITY(name, line, number) \
	{ name, drop, get_capability, &(const struct capability){ line, number }, false }

static const struct attribute capabilities[] = {
	CAPABILITY("bounding set", "CapBnd:", CAP_SYS_TIME),
	CAPABILITY("effective capabilities", "CapEff:", CAP_SYS_BOOT),
	CAPABILITY("permitted capabilities", "CapPrm:", CAP_SYS_PACCT),
	CAPABILITY("inheritable capabilities", "CapInh:", CAP_CHOWN),
	CAPABILITY("ambient capabilities", "CapAmb:", CAP_CHOWN),
	{ "supplementary groups", set_groups, get_groups, (const unsigned[]){ 7, 1234 }, false },
	{ "fsuid", set_fsuid, get_uids, &(const int){ 44 }, false },
	{ "fsgid", set_fsgid, get_gids, &(const int){ 45 }, false },
	CONTROL("securebits", PR_SET_SECUREBITS, PR_GET_SECUREBITS, true, 1 << 2 | 1 << 4),
};

static const struct attribute identities[] = {
	{ "group ids", set_gids, get_gids, (const unsigned[]){ 11, 12, 13 }, false },
	{ "user ids", set_uids, get_uids, (const unsigned[]){ 21, 0, 23 }, false },
};

static void credentials(void)
{
	ATTRIBUTES(capabilities);
}

static void credentials_of_thread(void)
{
	begin_thread();
	ATTRIBUTES(capabilities);
}

static void ids(void)
{
	ATTRIBUTES(identities);
}

/* Limits: both below what the machine gives. */
static const char *const limits[] = { "RLIMIT_CPU",	   "RLIMIT_FSIZE",  "RLIMIT_DATA",  "RLIMIT_STACK",
				      "RLIMIT_CORE",	   "RLIMIT_RSS",    "RLIMIT_NPROC", "RLIMIT_NOFILE",
				      "RLIMIT_MEMLOCK",	   "RLIMIT_AS",	    "RLIMIT_LOCKS", "RLIMIT_SIGPENDING",
				      "RLIMIT_MSGQUEUE",   "RLIMIT_NICE",   "RLIMIT_RTPRIO", "RLIMIT_RTTIME" };

static int limit_number(const void *of)
{
	return (const char *const *)of - limits;
}

static int set_limit(const void *of)
{
	struct rlimit limit;
	int number = limit_number(of);
	bool is_bytes = number == RLIMIT_FSIZE || number == RLIMIT_DATA || number == RLIMIT_STACK ||
			number == RLIMIT_AS || number == RLIMIT_RSS || number == RLIMIT_CORE;
	rlim_t soft = is_bytes ? 1ULL << 41 : 500;

	getrlimit(number, &limit);
	limit.rlim_max = limit.rlim_max < soft + 7 ? limit.rlim_max : soft + 7;
	limit.rlim_cur = limit.rlim_max < soft ? limit.rlim_max : soft;
	return setrlimit(number, &limit);
}

static int get_limit(char *value, const void *of)
{
	struct rlimit limit;

	return getrlimit(limit_number(of), &limit) ?
		       -1 :
		       say(value, "%llu %llu", (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
}

static void limited(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		property(limits[i], set_limit, get_limit, &limits[i]);
}

static const struct group groups[] = {
	{ "task", task },
	{ "thread", thread },
	{ "scheduling", scheduling },
	{ "confinement", confined },
	{ "confinement-of-a-thread", confined_thread },
	{ "credentials", credentials },
	{ "credentials-of-a-thread", credentials_of_thread },
	{ "ids", ids },
	{ "limits", limited },
};

SERVE(groups)
