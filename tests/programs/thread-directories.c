/* SPDX-License-Identifier: Apache-2.0
 *
 * thread-directories DIR: threads with cwd, root and umask of their own (unshare(CLONE_FS)): one in another
 * directory, one with another root, which is not its cwd, and one that has all of its task, whose root is
 * another, too. The status has what each finds by a relative and an absolute path.
 */
#include "common.h"
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { COUNT = 4 };

static const char *dir;
static char seen[COUNT][256];
static int ready;

static long inode(const char *path)
{
	struct stat is;

	return stat(path, &is) ? -errno : (long)is.st_ino;
}

static void look(int which)
{
	mode_t mask = umask(0);

	umask(mask);
	snprintf(seen[which], sizeof(seen[which]), "%ld in %ld umask %o", inode("."), inode("/"), mask);
}

static void *live(void *number)
{
	int which = (int)(long)number;

	if (which < 3 && unshare(CLONE_FS))
		die("unshare");
	if (which == 1 && chdir("/one"))
		die("chdir");
	if (which == 2 && (chdir("/two") || chroot("/one")))
		die("chroot");
	if (which < 3)
		umask(which << 3);
	__atomic_add_fetch(&ready, 1, __ATOMIC_ACQ_REL);
	for (;;) {
		look(which);
		sleep_ms(20);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2)
		return 2;
	dir = argv[1];
	status_open(dir);
	if (chdir(dir) || mkdir("main", 0755) || mkdir("one", 0755) || mkdir("two", 0755) || chroot("."))
		die(dir);
	for (long i = 1; i < COUNT; i++)
		if (pthread_create(&thread, NULL, live, (void *)i))
			die("pthread_create");
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < COUNT - 1)
		sleep_ms(5);
	if (chdir("/main"))
		die("main");
	umask(077);
	sleep_ms(100);
	for (uint64_t tick = 1;; tick++) {
		char lines[1024], *at = lines;

		look(0);
		for (int i = 0; i < COUNT; i++)
			at += sprintf(at, "%d=%s\n", i, seen[i]);
		status_write(tick, lines);
		sleep_ms(20);
	}
}
