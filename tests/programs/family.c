/* SPDX-License-Identifier: Apache-2.0
 *
 * family DIR COUNT: has COUNT children that only wait.
 */
#include "common.h"

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 1;

	status_open(argv[1]);
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		while (pid == 0)
			pause();
	}
	for (uint64_t tick = 0;; tick++) {
		status_write(tick, "");
		sleep_ms(5);
	}
}
