#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench_clock.h"

struct options {
    int fd; /* -1: open a pseudo-terminal */
    const char *link;
    const char *imu_fifo;
    const char *trigger_fifo;
    bool until_stdin_closes;
    uint8_t uid[16];
    uint8_t uid_length;
    uint64_t boot_seed;
    bool has_boot_seed;
    uint8_t tick_bits;
    struct bench_clock clock;
    int64_t reboot_after_ms, mute_clock_after_ms; /* -1: never; counted from the start of the program */
    uint64_t drop_every;
    int64_t rx_latency_us, tx_latency_us, jitter_us;
    uint64_t jitter_seed;
};

/* Exits with 2 and a sentence on a wrong option, with 0 after --help. */
struct options options_parse(int argc, char **argv);

#endif
