/* SPDX-License-Identifier: Apache-2.0
 *
 * libcriu-client LIBRARY binary|address PATH COMMAND...: what programs do that are linked with libcriu (lib/c/criu.h of
 * CRIU 4.2), by the criu at PATH or by the service there:
 *
 *   ask            prints the version, whether the kernel will do, and the features
 *   dump PID DIR   prints what came of it
 *   restore DIR    the same: the pid
 *   self DIR       ticks; whenever there is a file DIR/go it removes that, dumps itself into DIR/images, and writes what
 *                  came of it to DIR/answer: 1 is that it was restored
 */
#include "../common.h"
#include <dlfcn.h>
#include <stdbool.h>

struct criu_feature_check {
	bool mem_track, lazy_pages, pidfd_store;
};

static void *library;

static void *function(const char *name)
{
	void *found = dlsym(library, name);

	if (!found)
		die(dlerror());
	return found;
}

#define CALL(result, name, parameters) ((result(*) parameters)function(#name))

static void start(const char *how, const char *path)
{
	if (CALL(int, criu_init_opts, (void))())
		die("criu_init_opts");
	if (!strcmp(how, "binary"))
		CALL(int, criu_set_service_binary, (const char *))(path);
	else
		CALL(int, criu_set_service_address, (const char *))(path);
}

static void set_images(const char *dir, const char *log)
{
	CALL(void, criu_set_images_dir_fd, (int))(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	CALL(int, criu_set_log_file, (const char *))(log);
	CALL(void, criu_set_log_level, (int))(4);
}

static void ask(void)
{
	struct criu_feature_check features = { true, true, true };

	printf("version=%d\n", CALL(int, criu_get_version, (void))());
	printf("check=%d\n", CALL(int, criu_check, (void))());
	printf("feature_check=%d\n", CALL(int, criu_feature_check, (struct criu_feature_check *, size_t))(&features, sizeof(features)));
	printf("mem_track=%d lazy_pages=%d pidfd_store=%d\n", features.mem_track, features.lazy_pages, features.pidfd_store);
}

static void dump_self(const char *dir)
{
	char images[4096], result[32];
	int file, length;

	snprintf(images, sizeof(images), "%s/images", dir);
	set_images(images, "dump.log");
	length = snprintf(result, sizeof(result), "%d\n", CALL(int, criu_dump, (void))());
	file = open_in(dir, "answer.new", O_WRONLY | O_TRUNC);
	if (write(file, result, length) != length || close(file) || chdir(dir) || rename("answer.new", "answer"))
		die("answer");
}

static void tick(const char *dir)
{
	char go[4096];

	status_open(dir);
	snprintf(go, sizeof(go), "%s/go", dir);
	for (uint64_t tick = 0;; tick++) {
		status_write(tick, "");
		sleep_ms(5);
		if (!unlink(go))
			dump_self(dir);
	}
}

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	library = dlopen(argv[1], RTLD_NOW);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	start(argv[2], argv[3]);
	if (!strcmp(argv[4], "ask"))
		ask();
	if (!strcmp(argv[4], "dump") && argc == 7) {
		set_images(argv[6], "dump.log");
		CALL(void, criu_set_pid, (int))(atoi(argv[5]));
		printf("%d\n", CALL(int, criu_dump, (void))());
	}
	if (!strcmp(argv[4], "restore") && argc == 6) {
		set_images(argv[5], "restore.log");
		printf("%d\n", CALL(int, criu_restore, (void))());
	}
	if (!strcmp(argv[4], "self") && argc == 6)
		tick(argv[5]);
	return 0;
}
