/* The fault --mute-clock-after-ms: takes clock requests out of what the host sends. It stands in the line, so the firmware knows nothing of it. */
#ifndef BENCH_MUTE_H
#define BENCH_MUTE_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

struct mute {
    uint8_t frame[CAPFW_FRAME_MAX];
    size_t length;
};

/* Takes one byte; returns how many bytes of `frame` may go on now (0, or a whole frame with its 0x00). */
size_t mute_take(struct mute *m, uint8_t byte);

#endif
