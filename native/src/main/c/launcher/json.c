/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds members of JSON objects. It judges nothing: the text comes from an engine, which reads back what it gets, and
 * whatever is not as expected ends the walk.
 */
#include "json.h"

#include <string.h>

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* From behind the opening quote to the closing one. */
static const char *string_end(const char *at)
{
	for (; *at && *at != '"'; at++)
		if (*at == '\\' && !*++at)
			return NULL;
	return *at ? at : NULL;
}

static const char *skip_value(const char *at)
{
	int depth = 0;

	do {
		if (*at == '"') {
			at = string_end(at + 1);
			if (!at)
				return NULL;
		} else if (*at == '{' || *at == '[') {
			depth++;
		} else if (*at == '}' || *at == ']') {
			if (!depth--)
				return at;
		} else if (!*at || (*at == ',' && !depth)) {
			return depth ? NULL : at;
		}
		at++;
	} while (depth || !strchr(",}] \t\r\n", *at));
	return at;
}

int next_member(const char **at, struct text *name, struct text *value)
{
	const char *end;

	*at = skip_space(*at);
	if (**at != '{' && **at != ',')
		return 0;
	*at = skip_space(*at + 1);
	if (**at != '"' || !(end = string_end(*at + 1)))
		return 0;
	*name = (struct text){ *at + 1, end - *at - 1 };
	*at = skip_space(end + 1);
	if (**at != ':')
		return 0;
	*at = skip_space(*at + 1);
	end = skip_value(*at);
	if (!end || end == *at)
		return 0;
	*value = (struct text){ *at, end - *at };
	*at = end;
	return 1;
}

int is_text(struct text text, const char *other)
{
	return text.length == strlen(other) && !memcmp(text.start, other, text.length);
}

int find_member(const char *object, const char *wanted, struct text *value)
{
	struct text name;

	while (next_member(&object, &name, value))
		if (is_text(name, wanted))
			return 1;
	return 0;
}

int find_string(const char *object, const char *wanted, struct text *value)
{
	if (!find_member(object, wanted, value) || value->length < 2 || *value->start != '"')
		return 0;
	value->start++;
	value->length -= 2;
	return 1;
}
