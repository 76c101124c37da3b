/* Bytes on their way: each chunk comes out at its time, in order. Stands for the USB or radio link between host and board. */
#ifndef BENCH_DELAY_LINE_H
#define BENCH_DELAY_LINE_H

#include <stddef.h>
#include <stdint.h>

#define DELAY_BYTES 65536u
#define DELAY_CHUNKS 4096u

struct delay_line {
    int64_t latency_ns;
    int64_t jitter_ns; /* uniform in [0, jitter) on top; order is kept */
    uint64_t random;   /* state; the seed at start */
    int64_t last_due;
    uint8_t bytes[DELAY_BYTES];
    size_t head, used;
    struct {
        int64_t due;
        size_t length;
    } chunks[DELAY_CHUNKS];
    size_t chunk_head, chunk_count;
};

size_t delay_room(const struct delay_line *line);
/* All or, when there is no room, nothing: returns the bytes taken. */
size_t delay_put(struct delay_line *line, const uint8_t *bytes, size_t length, int64_t now);
/* The bytes that are due, contiguous; 0 when none. Take them off with delay_drop. */
size_t delay_due(const struct delay_line *line, int64_t now, const uint8_t **bytes);
void delay_drop(struct delay_line *line, size_t length);
/* When the next chunk is due; INT64_MAX: none waits. */
int64_t delay_next(const struct delay_line *line);
void delay_clear(struct delay_line *line);

uint64_t splitmix64(uint64_t *state);

#endif
