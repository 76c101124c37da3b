/* The wire to the host: a pseudo-terminal of our own, or a descriptor that was handed over. */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include <stdbool.h>

struct line {
    int fd;
    int slave_fd;  /* held open so that the line survives the host's closing; -1 with --fd */
    int notify_fd; /* tells when somebody closes the slave; -1 with --fd */
    char path[64];
};

/* False with a sentence on standard error. */
bool line_open(struct line *line, int fd, const char *link);
/* Call when notify_fd is readable. */
void line_somebody_closed(struct line *line);

#endif
