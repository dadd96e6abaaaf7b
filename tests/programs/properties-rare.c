/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-rare: descriptors that few programs hold.
 */
#include "descriptors.h"
#include <sys/mman.h>
#include <sys/wait.h>

/* What few programs hold: each alone makes a dump refuse, or not. */

static int hold_pidfd(const void *of)
{
	(void)of;
	fds[0] = syscall(SYS_pidfd_open, getpid(), 0);
	return fds[0];
}

static int hold_dead_pidfd(const void *of)
{
	int pid = fork();

	(void)of;
	if (pid == 0)
		_exit(9);
	fds[1] = syscall(SYS_pidfd_open, pid, 0);
	waitpid(pid, NULL, 0);
	return fds[1];
}

static int get_pid_line(char *value, const void *of)
{
	const struct info info = { &fds[*(const int *)of], "Pid:" };

	return get_info(value, &info);
}

static int hold_namespace(const void *of)
{
	(void)of;
	fds[2] = open("/proc/self/ns/uts", O_RDONLY);
	return fds[2];
}

static int hold_map(const void *of)
{
	uint32_t attributes[18] = { 2, 4, 8, 3 };

	(void)of;
	fds[3] = syscall(SYS_bpf, 0, attributes, sizeof(attributes));
	return fds[3];
}

static int get_map(char *value, const void *of)
{
	const struct info info = { &fds[3], "max_entries:" };

	(void)of;
	return get_info(value, &info);
}

static int hold_userfaultfd(const void *of)
{
	(void)of;
	fds[4] = syscall(SYS_userfaultfd, O_NONBLOCK);
	return fds[4];
}

static int hold_secret(const void *of)
{
	(void)of;
	fds[5] = syscall(SYS_memfd_secret, 0);
	return fds[5] < 0 ? -1 : ftruncate(fds[5], 4096);
}

static int hold_context(const void *of)
{
	(void)of;
	fds[6] = syscall(SYS_fsopen, "tmpfs", 0);
	return fds[6];
}

static int hold_dead_proc(const void *of)
{
	int pid = fork();
	char path[64];

	(void)of;
	if (pid == 0)
		pause();
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fds[7] = open(path, O_RDONLY);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fds[7];
}

static int hold_huge(const void *of)
{
	(void)of;
	fds[8] = memfd_create("huge", MFD_HUGETLB);
	return fds[8];
}

static int hold_ruleset(const void *of)
{
	uint64_t handled = 1;

	(void)of;
	fds[9] = syscall(444, &handled, sizeof(handled), 0);
	return fds[9];
}

static int hold_mount(const void *of)
{
	(void)of;
	fds[10] = syscall(SYS_open_tree, AT_FDCWD, "/usr", 1);
	return fds[10];
}

static const int pidfd_number = 0, dead_pidfd_number = 1;

static void rare(void)
{
	property("pidfd", hold_pidfd, get_pid_line, &pidfd_number);
	property("pidfd of a task that has ended", hold_dead_pidfd, get_pid_line, &dead_pidfd_number);
	property("descriptor of a namespace", hold_namespace, get_target, &fds[2]);
	property("BPF map", hold_map, get_map, NULL);
	property("userfaultfd", hold_userfaultfd, get_target, &fds[4]);
	property("memfd_secret", hold_secret, get_target, &fds[5]);
	property("context of fsopen(2)", hold_context, get_target, &fds[6]);
	property("file of /proc of a task that has ended", hold_dead_proc, get_open, &fds[7]);
	property("memfd of huge pages", hold_huge, get_target, &fds[8]);
	property("ruleset of Landlock", hold_ruleset, get_target, &fds[9]);
	property("mount that is attached to nothing", hold_mount, get_target, &fds[10]);
}

static const struct group groups[] = {
	{ "rare-descriptors", rare },
};

SERVE(groups)
