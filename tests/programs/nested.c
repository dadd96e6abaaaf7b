/* SPDX-License-Identifier: Apache-2.0
 *
 * nested DIR [net|join]: a child in UTS and IPC namespaces of its own, in which its own child lives too, and
 * another child that stays. All say each tick what they see, in memory that they share. With "net" the
 * other child has a network of its own; with "join" it goes where the first one is.
 */
#include "common.h"
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { ROOT, INNER, BELOW, BESIDE, COUNT };

struct seen {
	volatile uint64_t ticks;
	char host[65];
	char msgmax[32];
};

static struct seen *seen;

static void read_line(const char *path, char *out, size_t bytes)
{
	FILE *file = fopen(path, "r");

	if (!file || !fgets(out, bytes, file))
		die(path);
	out[strcspn(out, "\n")] = 0;
	fclose(file);
}

static void look(struct seen *mine)
{
	gethostname(mine->host, sizeof(mine->host));
	read_line("/proc/sys/kernel/msgmax", mine->msgmax, sizeof(mine->msgmax));
	mine->ticks++;
}

static void __attribute__((noreturn)) look_forever(struct seen *mine)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		look(mine);
		sleep_ms(5);
	}
}

static void enter(void)
{
	FILE *msgmax;

	if (unshare(CLONE_NEWUTS | CLONE_NEWIPC) || sethostname("inner", 5) || setdomainname("below", 5))
		die("unshare");
	msgmax = fopen("/proc/sys/kernel/msgmax", "w");
	if (!msgmax || fputs("12345", msgmax) < 0 || fclose(msgmax))
		die("msgmax");
}

static void __attribute__((noreturn)) beside(const char *how, pid_t inner)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", inner);
	if (!strcmp(how, "net") && unshare(CLONE_NEWNET))
		die("unshare");
	if (!strcmp(how, "join")) {
		int fd = open(path, O_RDONLY);

		if (fd < 0 || setns(fd, CLONE_NEWUTS))
			die(path);
		close(fd);
	}
	look_forever(&seen[BESIDE]);
}

int main(int argc, char **argv)
{
	pid_t inner;
	static const char *const names[] = { "root", "inner", "below", "beside" };

	if (argc < 2)
		return 1;
	status_open(argv[1]);
	seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		die("mmap");
	inner = fork();
	if (inner == 0) {
		enter();
		if (fork() == 0)
			look_forever(&seen[BELOW]);
		look_forever(&seen[INNER]);
	}
	while (!seen[INNER].ticks)
		sleep_ms(1);
	if (fork() == 0)
		beside(argc > 2 ? argv[2] : "", inner);
	while (!seen[BELOW].ticks || !seen[INNER].ticks || !seen[BESIDE].ticks)
		sleep_ms(1);
	for (uint64_t tick = 0;; tick++) {
		char lines[1024];
		char *end = lines;

		look(&seen[ROOT]);
		for (int i = 0; i < COUNT; i++)
			end += sprintf(end, "%s=%s %s\n", names[i], seen[i].host, seen[i].msgmax);
		status_write(tick, lines);
		sleep_ms(5);
	}
}
