/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Java is slow until it has done a thing often. So a new engine is given work before others find it: dumps and restores of a
 * process of ours, at a time when nobody else wants the processor. It comes by the ordinary way, from launchers.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "resident.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 12

/* Whatever becomes of us, what is dumped does not live longer. */
#define LONGEST_SECONDS "60"

static int remove_entry(const char *path, const struct stat *entry, int kind, struct FTW *walk)
{
	(void)entry, (void)kind, (void)walk;
	return remove(path);
}

static void remove_directory(const char *path)
{
	nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/*
 * A process in a session of its own, which runs another file than we do: the first task of a restore has ours, and the
 * kernel does not let a task with mappings of that file have it again.
 */
static pid_t start_program(void)
{
	int started[2];
	char none;
	pid_t pid;

	if (pipe2(started, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0) {
		setsid();
		execlp("sleep", "sleep", LONGEST_SECONDS, NULL);
		_exit(1);
	}
	close(started[1]);
	while (read(started[0], &none, 1) < 0 && errno == EINTR)
		;
	close(started[0]);
	return pid;
}

/* One command of ours, by the engine; whether it succeeded. */
static int run(char *const *words)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0) {
		execv("/proc/self/exe", words);
		_exit(1);
	}
	if (pid > 0)
		wait_for(pid, &status);
	return status == 0;
}

static int dump(const char *pid, const char *directory, int leave_running)
{
	char *const words[] = { "torpor", "dump", "--no-default-config", "-t", (char *)pid, "-D", (char *)directory,
				"-o", "dump.log", leave_running ? "-R" : NULL, NULL };

	return run(words);
}

static int restore(const char *directory)
{
	char *const words[] = { "torpor", "restore", "--no-default-config", "-d", "-D", (char *)directory, "-o", "restore.log",
				NULL };

	return run(words);
}

static int train(const char *directory)
{
	char number[16];
	pid_t pid = start_program();
	int good = pid > 0, status;
	siginfo_t child;

	snprintf(number, sizeof(number), "%d", pid);
	for (int i = 0; good && i < ROUNDS; i++) {
		good = dump(number, directory, 1) && dump(number, directory, 0);
		if (!good)
			break;
		wait_for(pid, &status);
		good = restore(directory);
	}
	/* Ended, and waited for, its number may be another's. */
	if (pid > 0 && !waitid(P_PID, pid, &child, WEXITED | WNOHANG | WNOWAIT))
		kill(pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return good;
}

/* Its threads get the processor as others do, from now on; those that they start have it of them. */
static void give_turns(pid_t engine)
{
	struct sched_param none = { 0 };
	char path[32];
	DIR *threads;
	struct dirent *thread;

	snprintf(path, sizeof(path), "/proc/%d/task", engine);
	threads = opendir(path);
	while (threads && (thread = readdir(threads)))
		if (*thread->d_name != '.')
			sched_setscheduler(atoi(thread->d_name), SCHED_OTHER, &none);
	if (threads)
		closedir(threads);
}

void train_engine(const struct engine_place *place, pid_t engine)
{
	int good;

	/* What is restored is ours when its launcher has ended. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* Nor do the caller's options mean them. */
	clearenv();
	setenv(ENGINE_TRAINING, "1", 1);
	remove_directory(place->training);
	good = !mkdir(place->training, 0700) && train(place->training);
	remove_directory(place->training);
	if (!good) {
		unlink(place->unready);
		return;
	}
	give_turns(engine);
	/* Twice: one may have been started by another that did not have its turns yet. */
	give_turns(engine);
	rename(place->unready, place->socket);
}
