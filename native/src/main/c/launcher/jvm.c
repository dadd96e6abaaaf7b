/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the JVM from our own real path, and gives it nothing of the caller's that a JVM or its loader would
 * obey: no environment (JAVA_TOOL_OPTIONS, LD_PRELOAD), no working directory (it must not be gone), not yet
 * the descriptors it would write to itself. dev.torpor.runtime.Caller takes them up.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *text(const char *format, const char *value)
{
	char *result;

	if (asprintf(&result, format, value) < 0)
		exit(1);
	return result;
}

static char *fd_property(const char *name, int fd)
{
	char *result;

	if (asprintf(&result, "-Dtorpor.%s.fd=%d", name, fd) < 0)
		exit(1);
	return result;
}

/* <prefix>/bin/torpor -> <prefix>/lib */
static const char *find_home(void)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length < 0) {
		perror("torpor: cannot read /proc/self/exe");
		exit(1);
	}
	self[length] = 0;
	return text("%s/lib", dirname(dirname(self)));
}

const char *in_home(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", find_home(), name) < 0)
		exit(1);
	return path;
}

static const char *find_java(const char *home)
{
	char *packaged = text("%s/jvm/bin/java", home);
	glob_t found;

	if (!access(packaged, X_OK))
		return packaged;
	if (!glob("/usr/lib/jvm/*/bin/java", 0, NULL, &found) && found.gl_pathc)
		return found.gl_pathv[0];
	return "/usr/bin/java";
}

/* All jars of lib, in the order of their names: the archive belongs to this very list. */
static const char *find_jars(const char *home)
{
	char *jars = "";
	glob_t found;

	if (glob(text("%s/*.jar", home), 0, NULL, &found)) {
		fprintf(stderr, "there is no %s/*.jar: this is only a part of Torpor; copy all of it (bin and lib), and make "
			"bin/torpor a symbolic link where it is to be found\n", home);
		_exit(1);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (asprintf(&jars, "%s%s%s", jars, i ? ":" : "", found.gl_pathv[i]) < 0)
			exit(1);
	return jars;
}

struct kept_fds {
	int output;
	int error;
	int directory;
};

/* What is at 1 and 2 until Java speaks for itself: a JVM that does not start has many lines to say. */
static void keep_for_java(int messages_fd, struct kept_fds *kept)
{
	kept->output = dup(1);
	kept->error = dup(2);
	kept->directory = open(".", O_PATH | O_DIRECTORY);
	if (kept->directory < 0) {
		perror("torpor: the working directory cannot be opened, change to another");
		_exit(1);
	}
	if (kept->output < 0 || kept->error < 0 || dup2(messages_fd, 1) < 0 || dup2(messages_fd, 2) < 0 || chdir("/")) {
		perror("torpor: descriptors for the JVM");
		_exit(1);
	}
	close(messages_fd);
}

struct command {
	const char *home;
	char **words;
	int count;
};

static void add(struct command *command, const char *word)
{
	command->words[command->count++] = (char *)word;
}

static void add_archive(struct command *command)
{
	add(command, "java");
	add(command, text("-XX:SharedArchiveFile=%s/torpor.jsa", command->home));
	add(command, "-Xshare:auto");
	/* Where it was made for. Elsewhere, which is what Java 17 does by default, each of its pointers is
	 * changed first, and each of its pages is a copy: 2500 page faults of 6200. */
	add(command, "-XX:+UnlockDiagnosticVMOptions");
	add(command, "-XX:ArchiveRelocationMode=0");
	add(command, "-Xlog:disable");
}

/* For a JVM that lives for one operation. */
static void add_short_life(struct command *command)
{
	add(command, "-XX:TieredStopAtLevel=1");
	/* A loop over tens of thousands of mappings is compiled while it runs: by default after 60000 rounds. */
	add(command, "-XX:Tier3BackEdgeThreshold=6000");
	/* A second one takes a processor away from what it compiles for. */
	add(command, "-XX:CICompilerCount=1");
	/* Java 17 takes archived objects with this one only: 5 ms of each start. One thread of each kind,
	 * and as a rule no collection. */
	add(command, "-XX:+UseG1GC");
	add(command, "-XX:ParallelGCThreads=1");
	add(command, "-XX:ConcGCThreads=1");
	add(command, "-XX:G1ConcRefinementThreads=0");
	/* Fixed, not ergonomic: the machine says nothing of what a restore needs. Young enough to do
	 * without a collection as a rule. */
	add(command, "-Xms64m");
	add(command, "-Xmn48m");
	add(command, "-Xmx256m");
}

/*
 * For one that collects when nobody waits, and gives back then, at once, all but the 40 MiB of heap that it begins with: with
 * what else it has that is less than 100. Most operations have no collection, or young ones.
 */
static void add_long_life(struct command *command)
{
	add(command, "-XX:TieredStopAtLevel=1");
	add(command, "-XX:CICompilerCount=1");
	add(command, "-XX:+UseSerialGC");
	/* It looks for the limits of its cgroup all the time, which is the first one. */
	add(command, "-XX:-UseContainerSupport");
	add(command, "-XX:MinHeapFreeRatio=10");
	add(command, "-XX:MaxHeapFreeRatio=20");
	add(command, "-XX:-ShrinkHeapInSteps");
	add(command, "-Xms40m");
	add(command, "-Xmn24m");
	add(command, "-Xmx256m");
}

static void add_common(struct command *command)
{
	add(command, "-XX:-UsePerfData");
	add(command, "-XX:+DisableAttachMechanism");
	/* Nothing of a JVM's own reaches a user: no thread dump at SIGQUIT, no report of a crash, no warnings. */
	add(command, "-Xrs");
	add(command, "-XX:+SuppressFatalErrorMessage");
	add(command, "-XX:-PrintWarnings");
	/* JNA loads a library, protobuf writes memory: Java from 24 on has warnings for both. */
	add(command, "--enable-native-access=ALL-UNNAMED");
	add(command, "-Dsun.misc.unsafe.memory.access=allow");
	add(command, text("-Djna.boot.library.path=%s", command->home));
	add(command, "-Djna.nounpack=true");
	add(command, "-Djna.nosys=true");
	add(command, "-Djava.util.logging.manager=dev.torpor.linux.NoLogConfiguration");
	add(command, text("-Dtorpor.home=%s", command->home));
	/* Not -cp: for classes of the boot loader the JVM does without an upcall for each of them, and
	 * looks into the jars itself for those that are not there, which libraries ask for. */
	add(command, text("-Xbootclasspath/a:%s", find_jars(command->home)));
}

static void __attribute__((noreturn)) exec_java(struct command *command)
{
	/* Names of files are UTF-8 to Java's own classes; it is what ours, which know bytes, take for text too. `check` looks along PATH. */
	char *const environment[] = { "LC_ALL=C.UTF-8", text("PATH=%s", getenv("PATH") ? getenv("PATH") : ""), NULL };
	const char *java = find_java(command->home);

	execve(java, command->words, environment);
	/* It goes where the JVM's own words would have gone. */
	fprintf(stderr, "cannot start %s: %s; install a Java runtime, 17 or newer\n", java, strerror(errno));
	_exit(1);
}

static struct command new_command(int argument_count)
{
	struct command command = { .home = find_home(), .words = calloc(argument_count + 64, sizeof(char *)) };

	if (!command.words)
		_exit(1);
	return command;
}

void exec_jvm(const char *name, const struct jvm_fds *fds, int argc, char **argv)
{
	struct command command = new_command(argc);
	struct kept_fds kept;

	keep_for_java(fds->messages, &kept);
	add_archive(&command);
	add_short_life(&command);
	add_common(&command);
	add(&command, text("-Dtorpor.name=%s", name));
	add(&command, fd_property("launcher", fds->control));
	add(&command, fd_property("caller.environment", fds->environment));
	add(&command, fd_property("caller.directory", kept.directory));
	add(&command, fd_property("caller.output", kept.output));
	add(&command, fd_property("caller.error", kept.error));
	add(&command, "dev.torpor.runtime.Main");
	for (int i = 1; i < argc; i++)
		add(&command, argv[i]);
	exec_java(&command);
}

void exec_resident_jvm(const struct resident_jvm *resident)
{
	struct command command = new_command(0);
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%d", resident->idle_seconds);
	add_archive(&command);
	add_long_life(&command);
	add_common(&command);
	add(&command, fd_property("engine", resident->socket_fd));
	add(&command, text("-Dtorpor.engine.idle=%s", seconds));
	add(&command, text("-Dtorpor.engine.socket=%s", resident->socket));
	add(&command, "dev.torpor.runtime.Main");
	exec_java(&command);
}
