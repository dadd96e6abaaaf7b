/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TORPOR_LAUNCHER_H
#define TORPOR_LAUNCHER_H

#include <stdint.h>
#include <sys/types.h>

/* What the JVM asks of the launcher, one SEQPACKET message each; dev.torpor.core.Launcher writes them. */
enum request_kind {
	REQUEST_SPAWN = 1,	/* start the first stub; the answer is its pid or -errno */
	REQUEST_KEEP = 2,	/* the stub is a restored task now: outlive us all */
	REQUEST_WAIT = 3,	/* like KEEP, and end only after it ended */
	REQUEST_GUARD = 4,	/* start a guardian that reads from the first descriptor sent, keep the other end; no answer */
	REQUEST_TAKE = 6,	/* keep the descriptor that is sent, by the number fds[0]; the answer is 0 or -errno */
	REQUEST_SCRIPT = 5,	/* run a program of the user's; the answer is its wait status or -errno (script.c) */
	REQUEST_BECOME = 7,	/* if all goes well, end by becoming a program of the user's (script.c); no answer */
	REQUEST_SERVE = 8,	/* if all goes well, go on with clients of the socket that is sent, with a file for our pid (service.c);
				   fds[0]: in the background; fds[1]: the number to say "ready" to, or -1; no answer */
};

/* What the JVM tells the guardian, one SEQPACKET message each; dev.torpor.core.Guardian writes them. */
enum guarded_kind {
	GUARD_DIRECTORY = 1,	/* the cgroup `name` below the directory that is sent with it */
	GUARD_TASK = 2,		/* the task whose pidfd is sent with it */
	GUARD_DONE = 3,		/* all of it is to stay, or is gone already */
	GUARD_FILE = 4,		/* the file `name` in the directory that is sent with it */
	GUARD_ASK = 5,		/* comes back when all that was sent before has arrived */
	GUARD_HELD = 6,		/* the task whose pidfd is sent with it, from END on */
	GUARD_END = 7,		/* the held tasks are to end, whatever becomes of us */
	GUARD_SOCKET = 8,	/* the TCP socket that is sent with it may be in repair mode; name has its SO_REUSEADDR and SO_PEEK_OFF */
};

#define GUARDED_NAME_BYTES 256

struct guarded {
	uint32_t kind;
	char name[GUARDED_NAME_BYTES];
};

#define SPAWN_MAX_FDS 64
#define SPAWN_MAX_TIDS 8

struct request {
	uint32_t kind;
	uint32_t tid_count;
	uint32_t fd_count;
	int32_t pid_namespace;	/* our descriptor of the one that the stub is born in; -1: ours, or a new one */
	uint64_t clone_flags;
	uint64_t base;		/* where the stage (memfd, the first descriptor sent) is mapped, when a byte comes
				   from the pipe that is the last one; at its end the stub ends instead */
	uint64_t code_bytes;	/* its executable part */
	uint64_t stage_bytes;
	uint64_t program;
	uint64_t stack;		/* its top */
	int32_t tids[SPAWN_MAX_TIDS];
	int32_t fds[SPAWN_MAX_FDS];	/* the number that the stub is to know each sent descriptor by */
};

/* main.c: what comes for us until then goes to a child; its end; our exit status for its. */
void forward_signals_to(pid_t pid);
void forward_signals_by(void (*handler)(int));
void stop_forwarding_signals(void);
void wait_for(pid_t pid, int *status);
int exit_code(int status);

/*
 * operation.c: one command line, by the resident engine if it may be, or by a JVM of its own; our exit status. We have
 * the caller's limit of descriptors again behind it; the other is for what has none of a caller.
 */
int operate(const char *name, int argc, char **argv, int swrk_fd, int for_engine);
void allow_all_descriptors(void);

/*
 * runtime.c: whether we are called as an OCI runtime; then runs the command by the one that we front, and returns
 * whether a JVM has to go on, with which command line.
 */
int is_runtime_name(const char *name);
int front(const char *name, int *argc, char ***argv);

/* rpc.c: the type of a request, as far as we care; rpc.proto */
enum { RPC_DUMP = 1, RPC_RESTORE = 2, RPC_VERSION = 10 };

/* rpc.c: answers VERSION requests on the swrk socket; returns when something else waits there: its type, 0 if it has none. */
int answer_version_requests(int socket_fd);

/* cgroups.c: moves us to where the caller is; we remember what we left, if anything. */
void leave_for_cgroups_of(pid_t caller);

/* cgroups.c: moves us out of all cgroups that somebody has made; whether that is so. */
int leave_for_first_cgroups(void);

/* The first task of a restore is to be where we were: for version 2 from its birth, for version 1 moved by us; 0 or -errno. */
struct clone_args;
void be_born_in_left_cgroups(struct clone_args *args);
int move_to_left_cgroups(pid_t pid);

/* rpc.c: answers what waits on the swrk socket: it failed, and why. */
void answer_failure(int socket_fd, const char *why);

/* guardian.c: starts one that reads from its descriptor; both are taken over. */
void start_guardian(int its_fd, int our_fd);

/* Tells it to let all be, or to take all back; waits until it has done so, if told to. */
void end_guardian(int keep, int wait);

/*
 * script.c: the first descriptor is a file with the program's path and any number of NAME=VALUE, each with a NUL at its end;
 * the second the directory it runs in; the third, or our own descriptors, take what it writes.
 */
int32_t run_script(const int *fds, int fd_count);

/*
 * script.c: the first descriptor is a file with the words of a command, the second the directory it runs in; the third, or our
 * own descriptors, take what it writes. We become it, if there is one, as what our caller knows us by, our children's parent.
 */
void remember_command(const int *fds, int fd_count);
void become_command(void);

/* service.c: returns in a process that is to serve one client, at the descriptor returned; -1 if none was remembered. */
void remember_service(const struct request *request, const int *fds, int fd_count);
int next_connection(void);

struct jvm_fds {
	int control;		/* the other end of the socket that serve_jvm reads */
	int environment;	/* reads what the caller's environment is */
	int messages;		/* what the JVM has to say before Java speaks */
};

/* jvm.c: never returns. */
void exec_jvm(const char *name, const struct jvm_fds *fds, int argc, char **argv) __attribute__((noreturn));

struct resident_jvm {
	int socket_fd;		/* listens */
	int idle_seconds;
	const char *socket;	/* its name when the JVM is ready */
};

/* jvm.c: one that serves many operations, dev.torpor.runtime.resident.ResidentEngine; never returns. */
void exec_resident_jvm(const struct resident_jvm *resident) __attribute__((noreturn));

/* jvm.c: a path below the directory that our parts are in. */
const char *in_home(const char *name);

/* stub.c: serves the JVM until it ends, then ends the stub if it was not to be kept; returns its pid if it is to be waited for. */
pid_t serve_jvm(int control_fd);

/* part.c: gives up all rights, so that nobody gets a signal because we end. The last that is done. */
void part(void);

/* serve.c: all that we do for a JVM that has started us; returns our exit status. */
int serve(void);

#endif
