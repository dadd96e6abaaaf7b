/* SPDX-License-Identifier: Apache-2.0
 *
 * leader-ended DIR: a child whose main thread has ended, while another of its threads ticks.
 */
#include "common.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void *go_on(void *nothing)
{
	(void)nothing;
	for (uint64_t tick = 1;; tick++) {
		status_write(tick, "");
		sleep_ms(20);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2)
		return 2;
	status_open(argv[1]);
	if (fork()) {
		wait(NULL);
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, go_on, NULL))
		die("pthread_create");
	pthread_exit(NULL);
}
