/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first task of a restore must be a child of ours, or of our caller
 * (CLONE_PARENT: runc and crun want the container's init as their own child),
 * so it is started here, never by the JVM.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "resident.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static ssize_t receive(int control_fd, struct request *request, int *fds, int *fd_count)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(SPAWN_MAX_FDS * sizeof(int))];
	} ancillary;
	struct iovec iov = { .iov_base = request, .iov_len = sizeof(*request) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof(ancillary),
	};
	ssize_t length;

	do
		length = recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	*fd_count = 0;
	if (length > 0 && message.msg_controllen) {
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);

		*fd_count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(head), *fd_count * sizeof(int));
	}
	return length;
}

/*
 * The C library registered an area of its own memory, which the kernel would write to, and find gone.
 * rseq_length: what glibc registers, whatever part of it __rseq_size says is in use.
 */
static void forget_rseq(void)
{
	const int rseq_length = 32;

	syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, rseq_length, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

/* A number that is wanted may be the one at which another was received: all make room first. */
static void place_fds(const struct request *request, const int *fds)
{
	int moved[SPAWN_MAX_FDS];
	int highest = 0;

	for (uint32_t i = 0; i < request->fd_count; i++)
		if (request->fds[i] > highest)
			highest = request->fds[i];
	for (uint32_t i = 0; i < request->fd_count; i++)
		moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, highest + 1);
	for (uint32_t i = 0; i < request->fd_count; i++)
		if (dup3(moved[i], request->fds[i], 0) < 0)
			_exit(3);
}

/* Until the JVM traces us nothing ends us when it, or the launcher with it, is killed; but it holds the other end. */
static void wait_for_tracer(int pipe_fd)
{
	char byte;

	if (read(pipe_fd, &byte, 1) != 1)
		_exit(4);
}

/* Becomes the stage: nothing of the launcher is needed from the jump on. */
static void __attribute__((noreturn)) enter_stage(const struct request *request, const int *fds)
{
	char *base = (char *)request->base;
	int fixed = MAP_SHARED | MAP_FIXED_NOREPLACE;

	/* It says that the launcher lives. */
	close_engine();
	wait_for_tracer(fds[request->fd_count - 1]);
	forget_rseq();
	if (mmap(base, request->code_bytes, PROT_READ | PROT_EXEC, fixed, fds[0], 0) != base ||
	    mmap(base + request->code_bytes, request->stage_bytes - request->code_bytes, PROT_READ | PROT_WRITE, fixed,
		 fds[0], request->code_bytes) != base + request->code_bytes)
		_exit(2);
	place_fds(request, fds);
#ifdef __x86_64__
	__asm__ volatile("mov %1, %%rsp\n\t"
			 "jmp *%2"
			 :
			 : "D"(request->program), "r"(request->stack), "r"(base));
#else
#error "the jump into the blob is missing for this processor"
#endif
	__builtin_unreachable();
}

static pid_t start_stub(const struct request *request, const int *fds)
{
	struct clone_args args = {
		.flags = request->clone_flags,
		.exit_signal = request->clone_flags & CLONE_PARENT ? 0 : SIGCHLD,
		.set_tid = (uintptr_t)request->tids,
		.set_tid_size = request->tid_count,
	};
	long pid;
	int failed;

	be_born_in_left_cgroups(&args);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		enter_stage(request, fds);
	if (pid < 0)
		return -errno;
	failed = move_to_left_cgroups(pid);
	if (failed)
		kill(pid, SIGKILL);
	return failed ? failed : pid;
}

static pid_t spawn(const struct request *request, const int *fds)
{
	pid_t pid;
	int own;

	if (request->pid_namespace < 0)
		return start_stub(request, fds);
	own = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	/* It is where children are born; the guardian, which may be yet to start, is not to be there. */
	pid = setns(request->pid_namespace, CLONE_NEWPID) ? -errno : start_stub(request, fds);
	setns(own, CLONE_NEWPID);
	close(own);
	return pid;
}

/* The JVM has it by the same number. */
static int take(int received, int number)
{
	int failed = fcntl(number, F_GETFD) >= 0 ? -EBUSY : dup3(received, number, O_CLOEXEC) < 0 ? -errno : 0;

	close(received);
	return failed;
}

static int valid(const struct request *request, ssize_t length, int fd_count)
{
	return length == sizeof(*request) && request->tid_count <= SPAWN_MAX_TIDS && fd_count > 0 &&
	       request->fd_count == (uint32_t)fd_count;
}

pid_t serve_jvm(int control_fd)
{
	pid_t stub = 0;
	int own_child = 0, keep = 0, wait = 0;
	struct request request;
	int fds[SPAWN_MAX_FDS];
	int fd_count;
	ssize_t length;

	fcntl(control_fd, F_SETFD, FD_CLOEXEC);
	while ((length = receive(control_fd, &request, fds, &fd_count)) > 0) {
		if (request.kind == REQUEST_SPAWN) {
			int32_t answer = -EINVAL;

			if (valid(&request, length, fd_count))
				answer = spawn(&request, fds);
			if (answer > 0) {
				stub = answer;
				own_child = !(request.clone_flags & CLONE_PARENT);
			}
			for (int i = 0; i < fd_count; i++)
				close(fds[i]);
			send(control_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
		} else if (request.kind == REQUEST_SCRIPT) {
			int32_t answer = fd_count < 2 ? -EINVAL : run_script(fds, fd_count);

			for (int i = 0; i < fd_count; i++)
				close(fds[i]);
			send(control_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
		} else if (request.kind == REQUEST_TAKE && fd_count == 1) {
			int32_t answer = take(fds[0], request.fds[0]);

			send(control_fd, &answer, sizeof(answer), MSG_NOSIGNAL);
		} else if (request.kind == REQUEST_BECOME && fd_count >= 2) {
			remember_command(fds, fd_count);
		} else if (request.kind == REQUEST_SERVE && fd_count >= 1) {
			remember_service(&request, fds, fd_count);
		} else if (request.kind == REQUEST_GUARD && fd_count == 2) {
			start_guardian(fds[0], fds[1]);
		} else {
			keep = 1;
			wait = request.kind == REQUEST_WAIT;
		}
	}
	if (stub && !keep) {
		kill(stub, SIGKILL);
		if (own_child)
			waitpid(stub, NULL, __WALL);
	}
	return keep && wait ? stub : 0;
}
