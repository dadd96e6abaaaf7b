/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TORPOR_LAUNCHER_RESIDENT_H
#define TORPOR_LAUNCHER_RESIDENT_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Descriptors of an operation have the numbers that the caller gave them, also in the engine, whose own are all from
 * here on. A caller with higher ones is not served.
 */
#define ENGINE_FIRST_FD 1024

/* Fewer than SCM_MAX_FD of the kernel, with the three of our own. */
#define ENGINE_MAX_FDS 240

#define ENGINE_TEXT_BYTES 65536

/*
 * What the engine is asked, one SEQPACKET message, when it has said that it is ready (a message of one byte). With it come
 * the control socket, the environment, the working directory, and the caller's descriptors in the order of `numbers`.
 * dev.torpor.runtime.resident.Work reads it.
 */
struct engine_request {
	uint32_t umask;
	uint32_t fd_count;
	int32_t numbers[ENGINE_MAX_FDS];
	char text[ENGINE_TEXT_BYTES];	/* the name we were called by and the arguments, with a NUL at the end of each */
};

/* What it answers at the end. Until then the end of the connection ends the engine. */
struct engine_answer {
	int32_t status;
	int32_t leaves;		/* it ends, too, and only then all that it had is given back */
};

struct engine_settings {
	int on;
	int idle_seconds;
};

/* settings.c: of /etc/torpor/engine.conf and TORPOR_ENGINE; what is wrong in them ends us. */
void read_engine_settings(struct engine_settings *settings);

struct engine_place {
	char socket[64];
	char unready[64];	/* the socket's name until the engine is ready */
	char lock[64];
	char training[64];	/* a directory for what it trains itself on */
};

/* place.c: where the engine of this very installation is found; makes the directory, if told to; 0, or -1: nowhere. */
int find_engine_place(struct engine_place *place, int make);

/* place.c: the parts of the lock file; the first is whose work the engine does, the second the engine's own. */
enum { ENGINE_LOCK_WORK, ENGINE_LOCK_LIFE };

/* place.c: takes a part, waits for it if told to; -1 if somebody else has it. The lock ends with the process. */
int take_engine_lock(const struct engine_place *place, int part, int wait);

/* place.c: who has a part; 0: nobody. */
pid_t engine_lock_owner(const struct engine_place *place, int part);

/* place.c: removes what is left of engines of other installations, which may be no more. */
void remove_other_places(const struct engine_place *place);

/* likeness.c: whether we see what the machine's first process sees, not what is made for some container. */
int are_of_the_machine(void);

/* likeness.c: whether all that a child would inherit from us, and that changes what a JVM does, is the same there. */
int is_like_us(pid_t pid);

/* resident.c: whether an engine works at this command line from now on; then returns our end of the control socket. */
int hand_over(const char *name, int argc, char **argv);

/* resident.c: its exit status as of wait(2), when it works no more. */
int await_engine(void);

/* resident.c: what the process that is to become the first task must not keep of ours. */
void close_engine(void);

/* start.c: starts an engine if one is wanted, and none is there; the caller waits for nothing of it. */
void start_engine(void);

/* In the environment of those who train it: they find it before it is ready, and wait for it. */
#define ENGINE_TRAINING "TORPOR_ENGINE_TRAINING"

/* train.c: has the new engine do what it will be asked for, and makes it ready. */
void train_engine(const struct engine_place *place, pid_t engine);

/* command.c: torpor engine status|stop; our exit status. */
int command_engine(int argc, char **argv);

#endif
