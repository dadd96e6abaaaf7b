/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TORPOR_LAUNCHER_HOOK_H
#define TORPOR_LAUNCHER_HOOK_H

#include "json.h"

#include <sys/types.h>

/* Root's own, made when it is needed and gone with the next boot. */
#define HOOK_HOME "/run/torpor"

/* hook.c: runs a hook. 1: the caller is to be `torpor hook check ...` from here on; 0: it is done, and this is its status. */
int run_hook(int *argc, char ***argv, int *status);

/* registry.c: writes down that the container of this state lives. */
void note_container(const struct text *state);

/* Forgets the containers that have ended. */
void drop_dead(void);

#endif
