// SPDX-License-Identifier: Apache-2.0

#include <stdio.h>

#include "layout.h"

extern const struct row __start_layout_rows[];
extern const struct row __stop_layout_rows[];

// Prints one line "name value" per row; the layout test compares them with the Java classes.
int main(void)
{
	for (const struct row *row = __start_layout_rows; row < __stop_layout_rows; row++)
		printf("%s %lld\n", row->name, row->value);
	return 0;
}
