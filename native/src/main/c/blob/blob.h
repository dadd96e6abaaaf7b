/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Java writes and the blob walks: the layout of a syscall program.
 * dev.torpor.inject.ProgramLayout holds the same numbers; its test compares
 * them with this header.
 */
#ifndef TORPOR_BLOB_H
#define TORPOR_BLOB_H

#include <stdint.h>

enum op_code {
	OP_CALL = 0,	/* args go to the kernel as they are */
	OP_SPAWN = 1,	/* clone3(args[0], args[1]); the child runs program args[2] on its own stack */
	OP_WAIT = 2,	/* until the word at args[0] is at least args[1] */
	OP_ARRIVE = 3,	/* add one to the word at args[0] */
	OP_READ = 4,	/* preadv(fd args[0], iov args[1], count args[2], offset args[3]) until all is read */
	OP_TRAP = 5,	/* hand over to the tracer */
	OP_EXIT = 6,	/* end this task with status args[0] */
	OP_REPEAT = 7,	/* gives args[1]; if that is below args[2], gives args[2] and goes back to op args[0] */
	/* preadv(fd args[0], iov args[1], offset args[2]) of args[4] bytes by way of ROOM_BYTES at args[3]:
	   pages that hold the same already are not written; others through the file args[5], if not negative */
	OP_READ_DIFFERING = 8,
	OP_SKIP = 9,	/* passes over args[2] ops if args[0] is an error number, or if it is none when args[1] is set */
	OP_EACH = 10,	/* the call with each of args[1] rows of three arguments at args[0], until one fails */
	/* sends args[2] bytes at args[1] over the netlink socket args[0], and gives the error number of the
	   acknowledgement, received into ANSWER_BYTES at args[3]; that of args[4] is as good as none */
	OP_REQUEST = 11,
};

/* Fits in the cache of a processor, so that a page is compared before it leaves it. */
#define ROOM_BYTES (128 * 1024)

/* An acknowledgement begins with a struct nlmsghdr and the error number. */
#define ANSWER_BYTES 64

/* A call whose first argument many have in common, and where its result is to go. */
struct question {
	uint64_t nr;
	uint64_t args[4];
	int64_t *result;
};

enum op_expect {
	EXPECT_ANY = 0,
	EXPECT_OK = 1,		/* no error number */
	EXPECT_VALUE = 2,	/* exactly op.expected */
};

struct op {
	uint32_t code;
	uint32_t nr;
	uint32_t indirect;	/* bit n: args[n] is the address of an earlier result */
	uint32_t expect;
	uint64_t args[6];
	int64_t expected;
	int64_t result;
};

struct program {
	uint64_t pc;
	uint64_t failed;	/* 1 when ops[pc] did not give what it should */
	uint64_t count;
	struct control *control;
	struct op ops[];
};

/* One for all programs of a restore. */
struct control {
	uint32_t abort;		/* set by whoever fails first; waiters leave */
	uint32_t pad;
};

#endif
