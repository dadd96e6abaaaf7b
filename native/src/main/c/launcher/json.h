/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TORPOR_LAUNCHER_JSON_H
#define TORPOR_LAUNCHER_JSON_H

#include <stddef.h>

/* A part of a text, as it stands there: of a string of JSON, its escapes too. */
struct text {
	const char *start;
	size_t length;
};

/* Goes through an object: `at` is its opening brace first, and then behind each member. 0 at its end, or at what is no JSON. */
int next_member(const char **at, struct text *name, struct text *value);

int is_text(struct text text, const char *other);

/* Looks for the member of an object. */
int find_member(const char *object, const char *wanted, struct text *value);

/* The same for one that is a string; gives what stands between its quotes. */
int find_string(const char *object, const char *wanted, struct text *value);

#endif
