/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives an operation to the resident engine. We stay what the caller sees, and the parent of what is restored; the engine
 * is to us what a JVM of our own would be, and works for one launcher at a time: nothing of one operation is there when
 * another begins. As long as it works for us it ends with our end of the connection, by the kernel, as a JVM of our own
 * ends with us.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "resident.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Who does not say within this time that he is ready is busy with himself, stopped or hung: a JVM would have started. */
#define PATIENCE_MILLIS 50

/* It may still be starting then, with the processor when nobody else wants it. */
#define TRAINING_MILLIS 60000

static struct {
	int connection;
	int pidfd;
	int lock;
	volatile sig_atomic_t signal;
} engine = { -1, -1, -1, 0 };

/* Whose connection ends ends. What was asked for by a signal is told as if it had come to a JVM of our own. */
static void end_engine(int signal_number)
{
	engine.signal = signal_number;
	shutdown(engine.connection, SHUT_RDWR);
}

static int is_training(void)
{
	return getenv(ENGINE_TRAINING) != NULL;
}

/* The caller's descriptors: what we open ourselves by now is closed on exec. 0: there are too many. */
static int list_descriptors(struct engine_request *request)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	int all = directory != NULL;

	while (all && (entry = readdir(directory))) {
		int fd = atoi(entry->d_name), flags = *entry->d_name == '.' ? -1 : fcntl(fd, F_GETFD);

		if (flags < 0 || (flags & FD_CLOEXEC))
			continue;
		all = fd < ENGINE_FIRST_FD && request->fd_count < ENGINE_MAX_FDS;
		if (all)
			request->numbers[request->fd_count++] = fd;
	}
	if (directory)
		closedir(directory);
	return all;
}

/* The length of the message, 0 if it would be too long. */
static size_t write_request(struct engine_request *request, const char *name, int argc, char **argv)
{
	char *end = request->text, *last = request->text + sizeof(request->text);

	request->umask = umask(0);
	umask(request->umask);
	for (int i = 0; i < argc; i++) {
		const char *word = i ? argv[i] : name;
		size_t length = strlen(word) + 1;

		if ((size_t)(last - end) < length)
			return 0;
		memcpy(end, word, length);
		end += length;
	}
	return list_descriptors(request) ? (size_t)(end - (char *)request) : 0;
}

static int connect_to(const struct engine_place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, is_training() ? place->unready : place->socket);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* It is root's, is like us, and has said that it waits for work. */
static int greet(int connection)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);
	struct pollfd ready = { .fd = connection, .events = POLLIN };
	char greeting;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) || peer.uid != 0)
		return 0;
	engine.pidfd = syscall(SYS_pidfd_open, peer.pid, 0);
	return engine.pidfd >= 0 && is_like_us(peer.pid) && poll(&ready, 1, is_training() ? TRAINING_MILLIS : PATIENCE_MILLIS) == 1 &&
	       recv(connection, &greeting, 1, 0) == 1 && !fcntl(connection, F_SETFL, 0);
}

static int send_request(const struct engine_request *request, size_t length, const int *own_fds, int own_count)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE((ENGINE_MAX_FDS + 3) * sizeof(int))];
	} ancillary;
	size_t bytes = (own_count + request->fd_count) * sizeof(int);
	struct iovec iov = { .iov_base = (void *)request, .iov_len = length };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = CMSG_SPACE(bytes),
	};

	memset(&ancillary, 0, sizeof(ancillary));
	ancillary.head.cmsg_level = SOL_SOCKET;
	ancillary.head.cmsg_type = SCM_RIGHTS;
	ancillary.head.cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(&ancillary.head), own_fds, own_count * sizeof(int));
	memcpy(CMSG_DATA(&ancillary.head) + own_count * sizeof(int), request->numbers, request->fd_count * sizeof(int));
	return sendmsg(engine.connection, &message, MSG_NOSIGNAL) == (ssize_t)length;
}

/* Our end of the control socket, -1 if it did not come to anything. */
static int send_work(const char *name, int argc, char **argv)
{
	struct engine_request *request = calloc(1, sizeof(*request));
	int fds[3] = { -1, -1, -1 }, control = -1, pair[2], sent = 0;
	size_t length = request ? write_request(request, name, argc, argv) : 0;

	if (length && !socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		control = pair[0];
		fds[0] = pair[1];
		fds[1] = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
		fds[2] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		forward_signals_by(end_engine);
		sent = fds[1] >= 0 && fds[2] >= 0 && send_request(request, length, fds, 3);
	}
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(request);
	if (!sent && control >= 0) {
		stop_forwarding_signals();
		close(control);
		if (engine.signal)
			kill(getpid(), engine.signal);
	}
	return sent ? control : -1;
}

void close_engine(void)
{
	if (engine.connection >= 0)
		close(engine.connection);
	if (engine.pidfd >= 0)
		close(engine.pidfd);
	if (engine.lock >= 0)
		close(engine.lock);
	engine.connection = engine.pidfd = engine.lock = -1;
}

int hand_over(const char *name, int argc, char **argv)
{
	struct engine_settings settings;
	struct engine_place place;
	int control = -1;

	read_engine_settings(&settings);
	if ((!settings.on && !is_training()) || geteuid() != 0 || find_engine_place(&place, 0))
		return -1;
	/* Somebody's work is done meanwhile; ours does not wait for it. */
	engine.lock = take_engine_lock(&place, ENGINE_LOCK_WORK, 0);
	if (engine.lock >= 0)
		engine.connection = connect_to(&place);
	if (engine.connection >= 0 && greet(engine.connection))
		control = send_work(name, argc, argv);
	if (control < 0)
		close_engine();
	if (control < 0 && is_training())
		exit(1);
	return control;
}

int await_engine(void)
{
	struct engine_answer answer = { .status = 1, .leaves = 1 };
	struct pollfd end = { .fd = engine.pidfd, .events = POLLIN };
	ssize_t length;

	do
		length = recv(engine.connection, &answer, sizeof(answer), 0);
	while (length < 0 && errno == EINTR);
	if (length != sizeof(answer)) {
		answer.status = engine.signal ? engine.signal : 1 << 8;
		answer.leaves = 1;
		/* Should it live, it does not know what it does any more. Nobody else's work is with it. */
		syscall(SYS_pidfd_send_signal, engine.pidfd, SIGKILL, NULL, 0);
	}
	/* Whom it traced is let go, or ended, with its last thread, behind its descriptors. */
	while (answer.leaves && poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	if (length != sizeof(answer) && !engine.signal)
		fprintf(stderr, "torpor: the resident engine was killed: a tree being dumped goes on, one being restored is gone\n");
	stop_forwarding_signals();
	close_engine();
	return answer.status;
}
