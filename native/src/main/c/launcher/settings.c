/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an engine is to be resident: asked before every operation, so it is not Java's to know. */
#define _GNU_SOURCE
#include "resident.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIGURATION "/etc/torpor/engine.conf"
#define VARIABLE "TORPOR_ENGINE"

#define DEFAULT_IDLE_SECONDS 60
#define MAX_IDLE_SECONDS 86400

static int read_switch(const char *value, int *on)
{
	*on = !strcmp(value, "on");
	return *on || !strcmp(value, "off");
}

static int read_seconds(const char *value, int *seconds)
{
	char *end;
	long number = strtol(value, &end, 10);

	*seconds = number;
	return *value && !*end && number > 0 && number <= MAX_IDLE_SECONDS;
}

static void read_line(char *line, int number, struct engine_settings *settings)
{
	char *rest, *key = strtok_r(line, " \t=\n", &rest), *value = strtok_r(NULL, " \t=\n", &rest);

	if (!key || *key == '#')
		return;
	if (value && !strtok_r(NULL, " \t\n", &rest) &&
	    ((!strcmp(key, "engine") && read_switch(value, &settings->on)) ||
	     (!strcmp(key, "idle") && read_seconds(value, &settings->idle_seconds))))
		return;
	fprintf(stderr, "torpor: " CONFIGURATION " line %d: there are `engine = on` or `off`, and `idle = SECONDS`\n", number);
	exit(1);
}

void read_engine_settings(struct engine_settings *settings)
{
	FILE *file = fopen(CONFIGURATION, "re");
	const char *variable = getenv(VARIABLE);
	char *line = NULL;
	size_t size = 0;

	settings->on = 0;
	settings->idle_seconds = DEFAULT_IDLE_SECONDS;
	if (!file && errno != ENOENT && errno != ENOTDIR) {
		perror("torpor: " CONFIGURATION);
		exit(1);
	}
	for (int number = 1; file && getline(&line, &size, file) >= 0; number++)
		read_line(line, number, settings);
	free(line);
	if (file)
		fclose(file);
	if (variable && !read_switch(variable, &settings->on)) {
		fprintf(stderr, "torpor: " VARIABLE "=%s: there are on and off\n", variable);
		exit(1);
	}
}
