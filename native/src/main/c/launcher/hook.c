/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `torpor hook precreate|createRuntime|poststop`: what engines run at every start and end of a container. That is no time
 * to start a JVM. What annotations ask for is judged in Java (dev.torpor.runtime.hook), but once: the result is a file
 * whose name says what was asked for, and which is the configuration that the runtime hands to its criu. A file without
 * content needs no such configuration. Nothing of this keeps a container from starting but what Java has refused.
 */
#define _GNU_SOURCE
#include "hook.h"
#include "launcher.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PREFIX "torpor."
#define CONFIGURATION "org.criu.config"
#define OPTIONS HOOK_HOME "/options/"

/* As much of the file's path as Java takes; more is refused there. */
#define MAX_PATH 4096

/* What Java ends with when it is the annotations that are wrong: anything else is a fault of ours. */
#define REFUSED 2

struct container {
	struct text json;	/* its config.json, or its state */
	struct text annotations;
	char path[MAX_PATH];	/* of the file with its options, "" if it asks for nothing */
	struct text configured;	/* the annotation that is there already, of length 0 if none is */
};

/* All of standard input with a NUL behind it, however large: it goes back as it came. */
static struct text read_input(void)
{
	size_t size = 0, length = 0;
	char *buffer = NULL;
	ssize_t got = 0;

	do {
		length += got > 0 ? got : 0;
		if (length + 1 >= size) {
			size = size ? size * 2 : 128 << 10;
			buffer = realloc(buffer, size);
			if (!buffer)
				exit(0);
		}
		got = read(0, buffer + length, size - length - 1);
	} while (got > 0 || (got < 0 && errno == EINTR));
	buffer[length] = 0;
	return (struct text){ buffer, length };
}

static void print(const char *start, size_t length)
{
	while (length) {
		ssize_t written = write(1, start, length);

		if (written < 0 && errno != EINTR)
			return;
		start += written > 0 ? written : 0;
		length -= written > 0 ? written : 0;
	}
}

/* Letters, digits and a few more as they are, the rest in hexadecimal, as dev.torpor.runtime.hook.OptionsFile has it. */
static char *add_escaped(char *to, const char *end, struct text text)
{
	for (size_t i = 0; i < text.length && to + 4 < end; i++) {
		unsigned char c = text.start[i];

		/* crun writes \/ for /. Others stay with their backslash, which no value may have. */
		if (c == '\\' && i + 1 < text.length && strchr("\"\\/", text.start[i + 1]))
			c = text.start[++i];
		if (isalnum(c) || strchr("-._", c))
			*to++ = c;
		else
			to += sprintf(to, "%%%02X", c);
	}
	return to;
}

static void understand(struct container *container)
{
	char *to = container->path, *end = container->path + sizeof(container->path);
	const char *at;
	struct text name, value;

	container->path[0] = 0;
	container->configured.length = 0;
	if (!find_member(container->json.start, "annotations", &container->annotations))
		return;
	at = container->annotations.start;
	while (next_member(&at, &name, &value)) {
		struct text inside = { value.start + 1, value.length - 2 };

		if (value.length < 2 || *value.start != '"')
			continue;
		if (is_text(name, CONFIGURATION))
			container->configured = inside;
		if (name.length < sizeof(PREFIX) || memcmp(name.start, PREFIX, sizeof(PREFIX) - 1) || to + 8 > end)
			continue;
		to = to == container->path ? stpcpy(to, OPTIONS) : stpcpy(to, ",");
		to = add_escaped(to, end, (struct text){ name.start + sizeof(PREFIX) - 1, name.length - sizeof(PREFIX) + 1 });
		to = add_escaped(stpcpy(to, "="), end, inside);
		*to = 0;
	}
}

/* crun writes \/ for / here too. */
static int is_configured(const struct container *container)
{
	const char *path = container->path;

	for (size_t i = 0; i < container->configured.length; i++) {
		if (container->configured.start[i] == '\\')
			continue;
		if (container->configured.start[i] != *path++)
			return 0;
	}
	return container->configured.length && !*path;
}

static int has_options(const struct container *container, int *any)
{
	struct stat stat_of_options;

	if (stat(container->path, &stat_of_options))
		return 0;
	*any = stat_of_options.st_size > 0;
	return 1;
}

/* In the child 1: it becomes the program that answers. In the parent 0, with its status. */
static int ask_java(struct container *container, const char *stage, int *argc, char ***argv, int *status)
{
	static char *arguments[7] = { "torpor", "hook", "check" };
	pid_t hook = getpid(), child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != hook || dup2(2, 1) < 0)
			_exit(1);
		arguments[3] = (char *)stage;
		arguments[4] = container->path + sizeof(OPTIONS) - 1;
		arguments[5] = strndup(container->configured.start, container->configured.length);
		*argv = arguments;
		*argc = container->configured.length ? 6 : 5;
		return 1;
	}
	*status = -1;
	if (child > 0)
		wait_for(child, status);
	return 0;
}

static void print_configured(const struct container *container)
{
	const char *behind_brace = container->annotations.start + 1;
	size_t length = behind_brace - container->json.start;

	print(container->json.start, length);
	print("\"" CONFIGURATION "\":\"", sizeof("\"" CONFIGURATION "\":\"") - 1);
	print(container->path, strlen(container->path));
	print("\",", 2);
	print(behind_brace, container->json.length - length);
}

int run_hook(int *argc, char ***argv, int *status)
{
	static struct container container;
	const char *stage = (*argv)[2];
	int creating = !strcmp(stage, "precreate");
	int answer = 0, any = 0, refused;

	container.json = read_input();
	*status = 0;
	if (!creating && strcmp(stage, "createRuntime")) {
		drop_dead();
		return 0;
	}
	understand(&container);
	if (container.path[0] && (!has_options(&container, &any) || (!creating && any && !is_configured(&container))) &&
	    ask_java(&container, stage, argc, argv, &answer))
		return 1;
	refused = WIFEXITED(answer) && WEXITSTATUS(answer) == REFUSED;
	/* Without an answer too: createRuntime asks again, and a dump makes of the name what it says. */
	if (creating && container.path[0] && !container.configured.length && !refused &&
	    (!has_options(&container, &any) || any))
		print_configured(&container);
	else if (creating)
		print(container.json.start, container.json.length);
	else if (refused)
		*status = 1;
	else if (container.path[0]) {
		note_container(&container.json);
		drop_dead();
	}
	return 0;
}
