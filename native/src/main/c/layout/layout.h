// SPDX-License-Identifier: Apache-2.0
//
// One row per number the Java classes of dev.torpor.linux hold. Every file beside this one stands
// for one Java class and includes kernel headers only, because glibc's differ from the kernel's in
// layout (struct sigaction, struct stat, struct termios) and clash with them.

#ifndef TORPOR_LAYOUT_H
#define TORPOR_LAYOUT_H

#include <stddef.h>

struct row {
	const char *name; // Java's binary class name, a dot, the field's name
	long long value;
} __attribute__((aligned(16)));

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#define ROW(text, number)                                                     \
	static const struct row JOIN(row_, __COUNTER__)                       \
		__attribute__((section("layout_rows"), used)) = {             \
			text, (long long)(number)};

// A constant that has the same name in Java and in C.
#define CONST(class, constant) ROW(#class "." #constant, constant)
// A constant that Java calls by another name, or that C writes as an expression.
#define VALUE(class, field, expression) ROW(#class "." #field, expression)
// The size of a structure, in bytes.
#define SIZE(class, nested, type) ROW(#class "$" #nested ".SIZEOF", sizeof(type))
// The offset of a member, in bytes.
#define FIELD(class, nested, field, type, member)                             \
	ROW(#class "$" #nested "." #field, offsetof(type, member))

#endif
