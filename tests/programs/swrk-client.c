/* SPDX-License-Identifier: Apache-2.0
 *
 * swrk-client STEP refuse|garbage|hang-up|leave REQUEST PROGRAM: starts `PROGRAM swrk FD`, sends it the
 * request in the file REQUEST and agrees to every step that it is told of, up to STEP. That one it
 * forbids, answers with what is no message, or it hangs up: instead of an answer, or (leave) with the
 * answer, so that it hears nothing more. Then it waits for PROGRAM and ends with the same exit code.
 */
#include "common.h"
#include <sys/socket.h>
#include <sys/wait.h>

#define ROOM 65536

/* A criu_req: type (1) NOTIFY (6), notify_success (3). */
static const char agree[] = { 0x08, 6, 0x18, 1 };
static const char forbid[] = { 0x08, 6, 0x18, 0 };
static const char garbage[] = { 0x08 };

static pid_t start(char *program, int fd)
{
	char number[16];
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	snprintf(number, sizeof(number), "%d", fd);
	execl(program, program, "swrk", number, NULL);
	die(program);
	return -1;
}

/* Whether the name stands in the message as protobuf writes it: its length goes before. */
static int is_of(const char *message, ssize_t length, const char *step)
{
	char text[256];
	int bytes = snprintf(text, sizeof(text), "%c%s", (int)strlen(step), step);

	return memmem(message, length, text, bytes) != NULL;
}

/* Returns with the connection as it is to be when PROGRAM ends; -1 if it is to be closed. */
static int talk(int fd, const char *step, const char *deed)
{
	char message[ROOM];
	ssize_t length;

	while ((length = recv(fd, message, sizeof(message), 0)) > 0) {
		int its_time = is_of(message, length, step);

		/* The answer to the request itself. */
		if (length < 2 || message[1] != 6)
			return 0;
		if (its_time && !strcmp(deed, "hang-up"))
			return -1;
		/* Not after it has agreed: the answer might be quicker. */
		if (its_time && !strcmp(deed, "leave"))
			shutdown(fd, SHUT_RD);
		if (its_time && !strcmp(deed, "refuse"))
			send(fd, forbid, sizeof(forbid), MSG_NOSIGNAL);
		else if (its_time && !strcmp(deed, "garbage"))
			send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL);
		else
			send(fd, agree, sizeof(agree), MSG_NOSIGNAL);
		if (its_time && !strcmp(deed, "leave"))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char request[ROOM];
	int pair[2], file, status;
	ssize_t length;
	pid_t program;

	if (argc < 5)
		return 2;
	file = open(argv[3], O_RDONLY);
	length = read(file, request, sizeof(request));
	if (length <= 0 || close(file))
		die(argv[3]);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) || fcntl(pair[0], F_SETFD, FD_CLOEXEC))
		die("socketpair");
	program = start(argv[4], pair[1]);
	close(pair[1]);
	if (send(pair[0], request, length, 0) != length)
		die("send");
	if (talk(pair[0], argv[1], argv[2]))
		close(pair[0]);
	if (waitpid(program, &status, 0) < 0)
		die("waitpid");
	/* A restored task may be our child; it has ended if the restore did not succeed. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
