/* SPDX-License-Identifier: Apache-2.0
 *
 * What the programs properties-* share: each is a table of groups, each group one process (or tree)
 * that sets many properties of its own and, asked, says what they are.
 *
 *   properties-NAME                              prints the names of its groups
 *   properties-NAME DIR GROUP                    sets all properties of a group
 *   properties-NAME DIR GROUP only NAME...       sets those only (none: what the group is without them)
 *   properties-NAME DIR GROUP without NAME...    sets all others
 *
 * Asked by a file DIR/ask it answers with DIR/report, a line NAME<TAB>VALUE for each property; it does so
 * once when it has started. In between it sleeps: nothing of this is open, or mapped, at any other time.
 * "!" before a value says that the property could not be set here, or that setting it changed nothing.
 */
#ifndef TORPOR_TESTS_PROPERTIES_H
#define TORPOR_TESTS_PROPERTIES_H

#include "common.h"
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#define VALUE_BYTES 1024
#define MAX_PROPERTIES 200

/* Both say by a negative value, and errno, what has failed. */
typedef int setter(const void *of);
typedef int getter(char *value, const void *of);

struct group {
	const char *name;
	void (*start)(void);
};

static const char *directory;
/* The two that setters and getters are about, if that is not said otherwise: remembered with each property. */
static int sock = -1, peer = -1;
static char **chosen;
static bool chosen_only;
static struct {
	const char *name, *fault;
	getter *get;
	const void *of;
	int sock, peer;
} properties[MAX_PROPERTIES];
static int property_count;

static inline bool is_wanted(const char *name)
{
	if (!chosen)
		return true;
	for (char **at = chosen; *at; at++)
		if (!strcmp(*at, name))
			return chosen_only;
	return !chosen_only;
}

static inline int __attribute__((format(printf, 2, 3))) say(char *value, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(value, VALUE_BYTES, format, args);
	va_end(args);
	for (; *value; value++)
		if (*value == '\n' || *value == '\t')
			*value = ' ';
	return 0;
}

static inline int say_bytes(char *value, const void *bytes, size_t count)
{
	*value = 0;
	for (size_t i = 0; i < count && i < VALUE_BYTES / 2 - 1; i++)
		sprintf(value + 2 * i, "%02x", ((const unsigned char *)bytes)[i]);
	return 0;
}

static inline void look(char *value, getter *get, const void *of)
{
	errno = 0;
	if (get(value, of) < 0)
		say(value, "(%s)", strerror(errno));
}

/* Sets one, if it is asked for, and has it reported from now on. Without a setter it is there already. */
static inline void property(const char *name, setter *set, getter *get, const void *of)
{
	char before[VALUE_BYTES], after[VALUE_BYTES];
	const char *fault = NULL;

	if (!is_wanted(name))
		return;
	if (set) {
		look(before, get, of);
		if (set(of) < 0)
			fault = strerror(errno);
		look(after, get, of);
		if (!fault && !strcmp(before, after))
			fault = "setting it changes nothing";
	}
	if (property_count == MAX_PROPERTIES)
		die("MAX_PROPERTIES");
	properties[property_count].name = strdup(name);
	properties[property_count].fault = fault ? strdup(fault) : NULL;
	properties[property_count].get = get;
	properties[property_count].sock = sock;
	properties[property_count].peer = peer;
	properties[property_count++].of = of;
}

static inline const char *in_directory(const char *name)
{
	static char paths[8][4096];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static inline void report(void)
{
	FILE *out = fopen(in_directory("report.new"), "we");
	char value[VALUE_BYTES];

	if (!out)
		die("report.new");
	for (int i = 0; i < property_count; i++) {
		sock = properties[i].sock;
		peer = properties[i].peer;
		look(value, properties[i].get, properties[i].of);
		fprintf(out, "%s\t%s%s\n", properties[i].name, properties[i].fault ? "!" : "",
			properties[i].fault ? properties[i].fault : value);
	}
	fclose(out);
	if (rename(in_directory("report.new"), in_directory("report")))
		die("report");
}

static inline int serve(int argc, char **argv, const struct group *groups, size_t count)
{
	const struct group *group = groups;

	if (argc < 3) {
		for (; group < groups + count; group++)
			puts(group->name);
		return 0;
	}
	directory = argv[1];
	while (group < groups + count && strcmp(group->name, argv[2]))
		group++;
	if (group == groups + count)
		die(argv[2]);
	if (argc > 3) {
		chosen = argv + 4;
		chosen_only = !strcmp(argv[3], "only");
	}
	/* Whoever the group makes itself, it must be able to report. */
	if (chmod(directory, 0777))
		die(directory);
	group->start();
	report();
	for (;; sleep_ms(10))
		if (!unlink(in_directory("ask")))
			report();
}

#define SERVE(groups)                                                              \
	int main(int argc, char **argv)                                            \
	{                                                                          \
		return serve(argc, argv, groups, sizeof(groups) / sizeof(*groups)); \
	}

/* What several of the programs look at. */

/* A whole file, or of it the line that begins with "key". */
struct line {
	const char *path, *key;
};

static inline int get_line(char *value, const void *of)
{
	const struct line *line = of;
	FILE *in = fopen(line->path, "re");
	char text[4096];
	int found = -1;

	if (!in)
		return -1;
	errno = ENODATA;
	while (found < 0 && fgets(text, sizeof(text), in))
		if (!line->key || !strncmp(text, line->key, strlen(line->key)))
			found = say(value, "%.1000s", text);
	fclose(in);
	return found;
}

static inline int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), length = strlen(text), done;

	if (fd < 0)
		return -1;
	done = write(fd, text, length);
	close(fd);
	return done == length ? 0 : -1;
}

/* An option of a socket. */
struct option {
	const char *name;
	int *socket;
	int level, number;
	const void *value;
	int bytes;
	/* For which sockets it makes sense, and when it is set: bits of the program's. */
	unsigned on;
};

static inline int set_option(const void *of)
{
	const struct option *option = of;

	return setsockopt(*option->socket, option->level, option->number, option->value, option->bytes);
}

static inline int get_option(char *value, const void *of)
{
	const struct option *option = of;
	char bytes[256] = { 0 };
	socklen_t length = sizeof(bytes);

	if (option->bytes == sizeof(int))
		length = sizeof(int);
	if (getsockopt(*option->socket, option->level, option->number, bytes, &length) < 0)
		return -1;
	return option->bytes == sizeof(int) && length == sizeof(int) ? say(value, "%d", *(int *)bytes) :
								      say_bytes(value, bytes, length);
}

#define NUMBER(n) &(const int){ n }, sizeof(int)
#define TEXT(text) text, sizeof(text)
#define BYTES(type, ...) &(const type){ __VA_ARGS__ }, sizeof(type)

#endif
