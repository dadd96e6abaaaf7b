/* SPDX-License-Identifier: Apache-2.0
 *
 * properties-terminals: pseudo-terminals, and what waits in them.
 */
#include "descriptors.h"
#include <pty.h>

/* Terminals: master 0, slave 1. */

static struct termios terminal_now;

static int change_terminal(const void *of)
{
	tcgetattr(fds[1], &terminal_now);
	switch (*(const char *)of) {
	case 'i':
		terminal_now.c_iflag ^= IXOFF;
		break;
	case 'o':
		terminal_now.c_oflag ^= OPOST;
		break;
	case 'c':
		terminal_now.c_cflag ^= HUPCL;
		break;
	case 'l':
		terminal_now.c_lflag &= ~(ECHO | ICANON);
		break;
	case 'b':
		cfsetospeed(&terminal_now, B9600);
		break;
	default:
		terminal_now.c_cc[VINTR] = 7;
	}
	return tcsetattr(fds[1], TCSANOW, &terminal_now);
}

static int get_terminal(char *value, const void *of)
{
	if (tcgetattr(fds[1], &terminal_now))
		return -1;
	switch (*(const char *)of) {
	case 'i':
		return say(value, "%x", terminal_now.c_iflag);
	case 'o':
		return say(value, "%x", terminal_now.c_oflag);
	case 'c':
		return say(value, "%x", terminal_now.c_cflag & ~CBAUD);
	case 'l':
		return say(value, "%x", terminal_now.c_lflag);
	case 'b':
		return say(value, "%d", cfgetospeed(&terminal_now));
	default:
		return say_bytes(value, terminal_now.c_cc, NCCS);
	}
}

static int set_window(const void *of)
{
	struct winsize size = { 33, 77, 5, 6 };

	(void)of;
	return ioctl(fds[1], TIOCSWINSZ, &size);
}

static int get_window(char *value, const void *of)
{
	struct winsize size;

	(void)of;
	return ioctl(fds[1], TIOCGWINSZ, &size) ? -1 : say(value, "%d %d %d %d", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
}

static int set_exclusive(const void *of)
{
	(void)of;
	return ioctl(fds[1], TIOCEXCL);
}

static int get_exclusive(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[1], TIOCGEXCL, &is) ? -1 : say(value, "%d", is);
}

static int set_packet_mode(const void *of)
{
	int on = 1;

	(void)of;
	return ioctl(fds[0], TIOCPKT, &on);
}

static int get_packet_mode(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[0], TIOCGPKT, &is) ? -1 : say(value, "%d", is);
}

static int set_discipline(const void *of)
{
	int null = 27;

	(void)of;
	return ioctl(fds[1], TIOCSETD, &null);
}

static int get_discipline(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[1], TIOCGETD, &is) ? -1 : say(value, "%d", is);
}

static int get_index(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[0], TIOCGPTN, &is) ? -1 : say(value, "%d", is);
}

static int lock_terminal(const void *of)
{
	int lock = 1;

	(void)of;
	return ioctl(fds[0], TIOCSPTLCK, &lock);
}

static int get_terminal_lock(char *value, const void *of)
{
	int is = -1;

	(void)of;
	return ioctl(fds[0], TIOCGPTLCK, &is) ? -1 : say(value, "%d", is);
}

static int make_controlling(const void *of)
{
	(void)of;
	return ioctl(fds[1], TIOCSCTTY, 0);
}

static int get_controlling(char *value, const void *of)
{
	int group = -1;

	(void)of;
	return ioctl(fds[1], TIOCGPGRP, &group) ? -1 : say(value, "%d", group == getpgrp());
}

static int type(const void *of)
{
	int done = write(fds[0], of, strlen(of));

	sleep_ms(20);
	return done;
}

static int get_typed(char *value, const void *of)
{
	(void)of;
	return get_waiting(value, &fds[1]);
}

static void open_terminal(void)
{
	if (openpty(&fds[0], &fds[1], NULL, NULL, NULL))
		die("openpty");
}

static void terminal(void)
{
	open_terminal();
	property("input flags", change_terminal, get_terminal, "input");
	property("output flags", change_terminal, get_terminal, "output");
	property("control flags", change_terminal, get_terminal, "control");
	property("local flags", change_terminal, get_terminal, "local");
	property("speed", change_terminal, get_terminal, "baud");
	property("characters", change_terminal, get_terminal, "vintr");
	property("window size", set_window, get_window, NULL);
	property("packet mode", set_packet_mode, get_packet_mode, NULL);
	property("index", NULL, get_index, NULL);
	property("controlling terminal", make_controlling, get_controlling, NULL);
	property("TIOCEXCL", set_exclusive, get_exclusive, NULL);
	property("lock of the other side", lock_terminal, get_terminal_lock, NULL);
}

static void terminal_of_other_discipline(void)
{
	open_terminal();
	property("line discipline", set_discipline, get_discipline, NULL);
}

/* What one side of a terminal reads, which the other has written or ended just now. */
static int take(char *value, int from, int to, const char *end)
{
	char bytes[256];
	int length;

	if (write(to, end, strlen(end)) < 0)
		return -1;
	sleep_ms(20);
	fcntl(from, F_SETFL, O_RDWR | O_NONBLOCK);
	length = read(from, bytes, sizeof(bytes));
	fcntl(from, F_SETFL, O_RDWR);
	return length < 0 ? length : say_bytes(value, bytes, length);
}

static int type_here(const void *of)
{
	int done = write(sock, of, strlen(of));

	sleep_ms(20);
	return done;
}

/* Ends the line, and begins it anew. */
static int get_begun(char *value, const void *of)
{
	char echo[VALUE_BYTES];
	int done = take(value, peer, sock, "\n");

	take(echo, sock, peer, "");
	type_here(of);
	return done;
}

static int print_here(const void *of)
{
	int done = write(peer, of, strlen(of));

	sleep_ms(20);
	return done;
}

static int get_printed(char *value, const void *of)
{
	int done = take(value, sock, peer, "");

	print_here(of);
	return done;
}

static int close_other_side(const void *of)
{
	(void)of;
	return close(peer);
}

static int get_end(char *value, const void *of)
{
	char byte;

	(void)of;
	fcntl(sock, F_SETFL, O_RDWR | O_NONBLOCK);
	return read(sock, &byte, 1) < 0 ? say(value, "%s", strerror(errno)) : say(value, "data");
}

static void open_another(void)
{
	if (openpty(&sock, &peer, NULL, NULL, NULL))
		die("openpty");
}

static void terminal_with_data(void)
{
	open_another();
	property("line that is not ended", type_here, get_begun, "begun");
	open_another();
	property("output that is not read", print_here, get_printed, "printed");
	open_another();
	property("end of the other side", close_other_side, get_end, NULL);
	open_terminal();
	property("waiting line", type, get_typed, "typed\n");
}

static const struct group groups[] = {
	{ "terminal", terminal },
	{ "terminal-of-other-discipline", terminal_of_other_discipline },
	{ "terminal-with-data", terminal_with_data },
};

SERVE(groups)
