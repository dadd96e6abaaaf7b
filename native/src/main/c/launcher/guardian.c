/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outlives a restore that is killed, and takes back what the kernel does not: cgroups and files that
 * were made, and tasks that were let go already. Outlives a dump that is killed while it ends its tree,
 * and ends the rest of it; if it is killed before, takes the sockets of the tree out of repair mode, in which
 * they do not work. A restore has succeeded when we are about to end with
 * status 0: engines look at that too, not only at the answer.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A killed task ends, and leaves its cgroup, a moment later; this long, in steps of so long. */
#define LEAVING_MILLIS 5000
#define STEP_MILLIS 2

struct made {
	int parent_fd;
	int unlink_flags;
	char name[GUARDED_NAME_BYTES];
};

struct socket {
	int fd;
	int reuse_address;
	int peek_offset;	/* -1: none */
};

struct guarded_things {
	struct made *made;
	size_t made_count;
	int *pidfds;
	size_t task_count;
	size_t held_count;	/* more of them, behind those that count already */
	struct socket *sockets;
	size_t socket_count;
};

/* Without its descriptor (MSG_CTRUNC: we may have no more of them) a message guards nothing; the JVM sees us gone. */
static int receive(int fd, struct guarded *message, int *passed_fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} ancillary;
	struct iovec iov = { .iov_base = message, .iov_len = sizeof(*message) };
	struct msghdr header = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof(ancillary),
	};

	*passed_fd = -1;
	if (recvmsg(fd, &header, MSG_CMSG_CLOEXEC) != sizeof(*message))
		return 0;
	if (header.msg_flags & MSG_CTRUNC)
		_exit(1);
	if (header.msg_controllen)
		memcpy(passed_fd, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(*passed_fd));
	return 1;
}

static void *longer(void *array, size_t count, size_t size)
{
	void *result = reallocarray(array, count, size);

	if (!result)
		_exit(1);
	return result;
}

static void add(struct guarded_things *things, const struct guarded *message, int passed_fd)
{
	if (message->kind == GUARD_DIRECTORY || message->kind == GUARD_FILE) {
		struct made *last;

		things->made = longer(things->made, things->made_count + 1, sizeof(*things->made));
		last = things->made + things->made_count++;
		last->parent_fd = passed_fd;
		last->unlink_flags = message->kind == GUARD_DIRECTORY ? AT_REMOVEDIR : 0;
		memcpy(last->name, message->name, sizeof(last->name));
		last->name[sizeof(last->name) - 1] = 0;
	} else if (message->kind == GUARD_TASK || message->kind == GUARD_HELD) {
		size_t count = things->task_count + things->held_count;

		things->pidfds = longer(things->pidfds, count + 1, sizeof(*things->pidfds));
		things->pidfds[count] = passed_fd;
		things->held_count++;
	}
	if (message->kind == GUARD_SOCKET) {
		struct socket *last;

		things->sockets = longer(things->sockets, things->socket_count + 1, sizeof(*things->sockets));
		last = things->sockets + things->socket_count++;
		last->fd = passed_fd;
		memcpy(&last->reuse_address, message->name, sizeof(int));
		memcpy(&last->peek_offset, message->name + sizeof(int), sizeof(int));
	}
	if (message->kind == GUARD_TASK || message->kind == GUARD_END) {
		things->task_count += things->held_count;
		things->held_count = 0;
	}
}

/* In a frozen cgroup of version 1 SIGKILL waits. */
static void thaw(const struct made *made)
{
	static const char thawed[] = "THAWED";
	char path[sizeof(made->name) + sizeof("/freezer.state")];
	int fd;

	stpcpy(stpcpy(path, made->name), "/freezer.state");
	fd = openat(made->parent_fd, path, O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, thawed, sizeof(thawed) - 1) < 0) {
		/* Then its tasks do not end within our patience either. */
	}
	close(fd);
}

static int is_in_repair(int fd)
{
	int on = 0;
	socklen_t length = sizeof(on);

	return !getsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, &length) && on;
}

/*
 * Of a tree that goes on they work again, and nothing is sent; most have not been in repair mode. One that ends is to do
 * so without a word, for its connections go on elsewhere.
 */
static void take_out_of_repair(const struct guarded_things *things)
{
	int repair = things->task_count ? TCP_REPAIR_ON : TCP_REPAIR_OFF_NO_WP;

	for (size_t i = 0; i < things->socket_count; i++) {
		const struct socket *socket = things->sockets + i;

		if (things->task_count || is_in_repair(socket->fd))
			setsockopt(socket->fd, IPPROTO_TCP, TCP_REPAIR, &repair, sizeof(repair));
		if (things->task_count)
			continue;
		setsockopt(socket->fd, SOL_SOCKET, SO_REUSEADDR, &socket->reuse_address,
			   sizeof(socket->reuse_address));
		if (socket->peek_offset >= 0)
			setsockopt(socket->fd, SOL_SOCKET, SO_PEEK_OFF, &socket->peek_offset,
				   sizeof(socket->peek_offset));
	}
}

static void take_back(struct guarded_things *things)
{
	static const struct timespec step = { .tv_nsec = STEP_MILLIS * 1000000L };
	int steps = LEAVING_MILLIS / STEP_MILLIS;

	take_out_of_repair(things);
	for (size_t i = 0; i < things->task_count; i++)
		syscall(SYS_pidfd_send_signal, things->pidfds[i], SIGKILL, NULL, 0);
	for (size_t i = 0; i < things->made_count; i++)
		thaw(things->made + i);
	for (size_t i = 0; i < things->task_count; i++) {
		struct pollfd end = { .fd = things->pidfds[i], .events = POLLIN };

		while (!poll(&end, 1, STEP_MILLIS) && steps-- > 0)
			;
	}
	for (size_t i = things->made_count; i-- > 0;) {
		struct made *made = things->made + i;

		while (unlinkat(made->parent_fd, made->name, made->unlink_flags) && errno == EBUSY && steps-- > 0)
			nanosleep(&step, NULL);
	}
}

static void __attribute__((noreturn)) guard(int fd)
{
	struct guarded_things things = { 0 };
	struct guarded message;
	sigset_t all;
	int passed_fd;

	/* Whoever ends the launcher's process group, or waits until its pipes are closed, does not mean us. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "torpor-guardian");
	if (dup2(fd, 0) < 0 || close_range(1, ~0U, 0) || chdir("/"))
		_exit(1);
	while (receive(0, &message, &passed_fd)) {
		if (message.kind == GUARD_DONE)
			_exit(0);
		if (message.kind == GUARD_ASK)
			send(0, &message, sizeof(message), MSG_NOSIGNAL);
		add(&things, &message, passed_fd);
	}
	take_back(&things);
	_exit(0);
}

static pid_t guardian;
static int guardian_fd = -1;

void start_guardian(int its_fd, int our_fd)
{
	guardian = fork();
	if (guardian == 0)
		guard(its_fd);
	guardian_fd = our_fd;
	close(its_fd);
}

void end_guardian(int keep, int wait)
{
	struct guarded done = { .kind = GUARD_DONE };

	if (guardian <= 0)
		return;
	if (keep)
		send(guardian_fd, &done, sizeof(done), MSG_NOSIGNAL);
	close(guardian_fd);
	while (wait && waitpid(guardian, NULL, 0) < 0 && errno == EINTR)
		;
}
