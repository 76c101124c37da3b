#include "line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static bool fail(const char *what, const char *path)
{
    fprintf(stderr, "bench-board: %s %s: %s\n", what, path, strerror(errno));
    return false;
}

static bool make_raw(int fd)
{
    struct termios t;
    if (tcgetattr(fd, &t) != 0) {
        return false;
    }
    cfmakeraw(&t);
    return tcsetattr(fd, TCSANOW, &t) == 0;
}

bool line_open(struct line *line, int fd, const char *link)
{
    line->slave_fd = line->notify_fd = -1;
    line->path[0] = 0;
    line->fd = fd >= 0 ? fd : posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->fd < 0 || fcntl(line->fd, F_SETFL, fcntl(line->fd, F_GETFL) | O_NONBLOCK) != 0) {
        return fail("cannot use", fd >= 0 ? "the descriptor of --fd" : "a pseudo-terminal");
    }
    if (fd >= 0) {
        return true;
    }
    if (grantpt(line->fd) != 0 || unlockpt(line->fd) != 0 || ptsname_r(line->fd, line->path, sizeof line->path) != 0) {
        return fail("cannot unlock", "the pseudo-terminal");
    }
    line->slave_fd = open(line->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (line->slave_fd < 0 || !make_raw(line->slave_fd)) {
        return fail("cannot open", line->path);
    }
    line->notify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (line->notify_fd < 0 || inotify_add_watch(line->notify_fd, line->path, IN_CLOSE) < 0) {
        return fail("cannot watch", line->path);
    }
    if (link != NULL) {
        (void)unlink(link);
        if (symlink(line->path, link) != 0) {
            return fail("cannot link", link);
        }
    }
    return true;
}

void line_somebody_closed(struct line *line)
{
    char events[4096];
    while (read(line->notify_fd, events, sizeof events) > 0) {
    }
    /* Because we hold the slave open, the mark of an exclusive opener that was killed would stay for ever; a real port forgets it at the last close. */
    (void)ioctl(line->slave_fd, TIOCNXCL);
}
