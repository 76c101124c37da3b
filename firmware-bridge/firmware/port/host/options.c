#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "bench-board: the firmware of a Capture board on this machine\n"
    "\n"
    "line\n"
    "  --pty                       open a pseudo-terminal (default); its path is printed as `port PATH`\n"
    "  --link PATH                 make PATH a symbolic link to the pseudo-terminal\n"
    "  --fd N                      talk on the open file descriptor N instead\n"
    "board\n"
    "  --uid HEX                   1 to 16 bytes (default ca97000000000001)\n"
    "  --boot-seed S               boot ids come from S instead of the system's randomness\n"
    "  --tick-rate HZ              default 1000000\n"
    "  --tick-bits N               8 to 64, default 64; the ticks on the wire wrap at 2^N\n"
    "  --imu-fifo PATH             IMU values in; see peripherals.h\n"
    "  --trigger-fifo PATH         trigger edges out; see peripherals.h\n"
    "clock (formula in bench_clock.h)\n"
    "  --clock-epoch-ns T0         CLOCK_MONOTONIC ns at which offset and boot ticks hold (default: the start)\n"
    "  --clock-offset-ns O         default 0\n"
    "  --clock-ppm X               default 0\n"
    "  --clock-wander-ppm A        amplitude, default 0\n"
    "  --clock-wander-period-ms P  default 60000\n"
    "  --clock-wander-phase RAD    default 0\n"
    "  --boot-ticks B              default 0\n"
    "faults (times in ms from the start of the program)\n"
    "  --reboot-after-ms N         restart once: new boot id, ticks from 0, streams stopped\n"
    "  --mute-clock-after-ms N     clock requests are not answered from then on\n"
    "  --drop-every N              every N-th IMU sample is not given by the sensor; the firmware counts it as dropped\n"
    "  --extra-latency-us N        delay of bytes from the board to the host (same as --tx-latency-us)\n"
    "  --rx-latency-us N           delay of bytes from the host to the board\n"
    "  --latency-jitter-us N       random extra delay below N in both directions\n"
    "  --latency-seed S            seed of that jitter, default 1\n"
    "end\n"
    "  --until-stdin-closes        end when standard input closes (SIGTERM and SIGINT end it too)\n";

static void fail(const char *option, const char *wanted)
{
    fprintf(stderr, "bench-board: %s: expected %s; see --help\n", option, wanted);
    exit(2);
}

static int64_t integer(const char *option, const char *text, int64_t lowest, int64_t highest)
{
    char *end = NULL;
    long long value;
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != 0 || value < lowest || value > highest) {
        fprintf(stderr, "bench-board: %s %s: expected a whole number from %lld to %lld\n", option, text, (long long)lowest, (long long)highest);
        exit(2);
    }
    return value;
}

static double real(const char *option, const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != 0 || !(value > -1e15 && value < 1e15)) {
        fail(option, "a number");
    }
    return value;
}

static void parse_uid(struct options *o, const char *text)
{
    size_t length = strlen(text), i;
    if (length < 2 || length > 32 || length % 2 != 0 || strspn(text, "0123456789abcdefABCDEF") != length) {
        fail("--uid", "2 to 32 hexadecimal digits");
    }
    for (i = 0; i < length / 2; i++) {
        char byte[3] = {text[2 * i], text[2 * i + 1], 0};
        o->uid[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    o->uid_length = (uint8_t)(length / 2);
}

static struct options defaults(void)
{
    struct options o;
    memset(&o, 0, sizeof o);
    o.fd = -1;
    parse_uid(&o, "ca97000000000001");
    o.tick_bits = 64;
    o.clock.epoch_ns = bench_true_now();
    o.clock.tick_rate_hz = 1000000;
    o.clock.wander_period_ns = 60e9;
    o.reboot_after_ms = -1;
    o.mute_clock_after_ms = -1;
    o.jitter_seed = 1;
    return o;
}

static void parse_clock(struct bench_clock *c, const char *name, const char *value)
{
    if (strcmp(name, "--clock-epoch-ns") == 0) {
        c->epoch_ns = integer(name, value, 0, INT64_MAX / 2);
    } else if (strcmp(name, "--clock-offset-ns") == 0) {
        c->offset_ns = integer(name, value, -INT64_MAX / 4, INT64_MAX / 4);
    } else if (strcmp(name, "--clock-ppm") == 0) {
        c->ppm = real(name, value);
    } else if (strcmp(name, "--clock-wander-ppm") == 0) {
        c->wander_ppm = real(name, value);
    } else if (strcmp(name, "--clock-wander-period-ms") == 0) {
        c->wander_period_ns = real(name, value) * 1e6;
    } else if (strcmp(name, "--clock-wander-phase") == 0) {
        c->wander_phase = real(name, value);
    } else {
        fail(name, "an option that exists");
    }
}

struct options options_parse(int argc, char **argv)
{
    struct options o = defaults();
    int i;
    for (i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (strcmp(name, "--pty") == 0) {
            o.fd = -1;
            continue;
        }
        if (strcmp(name, "--until-stdin-closes") == 0) {
            o.until_stdin_closes = true;
            continue;
        }
        if (value == NULL) {
            fail(name, "an option that exists, and its value after it");
            continue;
        }
        i++;
        if (strcmp(name, "--link") == 0) {
            o.link = value;
        } else if (strcmp(name, "--fd") == 0) {
            o.fd = (int)integer(name, value, 0, 65535);
        } else if (strcmp(name, "--uid") == 0) {
            parse_uid(&o, value);
        } else if (strcmp(name, "--boot-seed") == 0) {
            o.boot_seed = (uint64_t)integer(name, value, 0, INT64_MAX);
            o.has_boot_seed = true;
        } else if (strcmp(name, "--tick-rate") == 0) {
            o.clock.tick_rate_hz = (uint32_t)integer(name, value, 10000, 1000000000);
        } else if (strcmp(name, "--tick-bits") == 0) {
            o.tick_bits = (uint8_t)integer(name, value, 8, 64);
        } else if (strcmp(name, "--boot-ticks") == 0) {
            o.clock.boot_ticks = (uint64_t)integer(name, value, 0, INT64_MAX / 2);
        } else if (strcmp(name, "--imu-fifo") == 0) {
            o.imu_fifo = value;
        } else if (strcmp(name, "--trigger-fifo") == 0) {
            o.trigger_fifo = value;
        } else if (strcmp(name, "--reboot-after-ms") == 0) {
            o.reboot_after_ms = integer(name, value, 0, 1000000000);
        } else if (strcmp(name, "--mute-clock-after-ms") == 0) {
            o.mute_clock_after_ms = integer(name, value, 0, 1000000000);
        } else if (strcmp(name, "--drop-every") == 0) {
            o.drop_every = (uint64_t)integer(name, value, 1, INT64_MAX);
        } else if (strcmp(name, "--extra-latency-us") == 0 || strcmp(name, "--tx-latency-us") == 0) {
            o.tx_latency_us = integer(name, value, 0, 10000000);
        } else if (strcmp(name, "--rx-latency-us") == 0) {
            o.rx_latency_us = integer(name, value, 0, 10000000);
        } else if (strcmp(name, "--latency-jitter-us") == 0) {
            o.jitter_us = integer(name, value, 0, 10000000);
        } else if (strcmp(name, "--latency-seed") == 0) {
            o.jitter_seed = (uint64_t)integer(name, value, 0, INT64_MAX);
        } else {
            parse_clock(&o.clock, name, value);
        }
    }
    o.clock.restart_ns = o.clock.epoch_ns;
    return o;
}
