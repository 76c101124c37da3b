/* bench-board: the firmware with its board made of POSIX. Options in options.c, clock in bench_clock.h, FIFOs in peripherals.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench_clock.h"
#include "capture_fw.h"
#include "delay_line.h"
#include "line.h"
#include "mute.h"
#include "options.h"
#include "peripherals.h"

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000

struct bench {
    struct options options;
    struct bench_clock clock;
    struct line line;
    struct peripherals peripherals;
    struct delay_line from_host, to_host;
    struct mute mute;
    bool muted;
    int64_t started;
    struct capfw_board board;
    struct capfw_hal hal;
    struct capfw firmware;
};

static volatile sig_atomic_t ended;

static void end(int signal_number)
{
    (void)signal_number;
    ended = 1;
}

static uint64_t ticks_now(void *context)
{
    struct bench *b = context;
    return bench_ticks_at(&b->clock, bench_true_now());
}

static size_t uart_read(void *context, uint8_t *to, size_t capacity)
{
    struct bench *b = context;
    const uint8_t *bytes;
    size_t due = delay_due(&b->from_host, bench_true_now(), &bytes);
    due = due < capacity ? due : capacity;
    if (due > 0) {
        memcpy(to, bytes, due);
        delay_drop(&b->from_host, due);
    }
    return due;
}

static bool line_takes(struct bench *b)
{
    struct pollfd p = {b->line.fd, POLLOUT, 0};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
}

static bool is_delayed(const struct bench *b)
{
    return b->to_host.latency_ns > 0 || b->to_host.jitter_ns > 0;
}

static size_t uart_room(void *context)
{
    struct bench *b = context;
    return is_delayed(b) ? delay_room(&b->to_host) : line_takes(b) ? 64 : 0;
}

static size_t uart_write(void *context, const uint8_t *bytes, size_t length)
{
    struct bench *b = context;
    ssize_t taken;
    if (is_delayed(b)) {
        return delay_put(&b->to_host, bytes, length, bench_true_now());
    }
    taken = write(b->line.fd, bytes, length);
    return taken > 0 ? (size_t)taken : 0;
}

static bool imu_read(void *context, uint8_t imu, uint64_t due, struct capfw_imu_sample *sample)
{
    struct bench *b = context;
    (void)imu;
    return peripherals_imu(&b->peripherals, &b->clock, due, sample);
}

/* The line is driven by a simulated timer compare: the edge is at `due`, however late we come to say so. */
static uint64_t trigger_set(void *context, uint8_t channel, bool high, uint64_t due)
{
    struct bench *b = context;
    peripherals_trigger(&b->peripherals, &b->clock, channel, high, due);
    return due;
}

static void describe_board(struct bench *b)
{
    static const uint32_t rates[] = {100, 200, 500, 1000};
    struct capfw_board *board = &b->board;
    uint8_t i;
    memcpy(board->uid, b->options.uid, sizeof board->uid);
    board->uid_length = b->options.uid_length;
    board->tick_rate_hz = b->clock.tick_rate_hz;
    board->tick_bits = b->options.tick_bits;
    board->imu_count = 1;
    board->imus[0].name = "imu";
    memcpy(board->imus[0].rates_hz, rates, sizeof rates);
    board->imus[0].accel_range = 156.9064f; /* 16 g */
    board->imus[0].gyro_range = 34.906585f; /* 2000 °/s */
    board->trigger_count = 2;
    for (i = 0; i < 2; i++) {
        board->triggers[i].min_period_ns = NS_PER_MS;
        board->triggers[i].max_period_ns = UINT64_C(10) * NS_PER_S;
    }
}

static void boot(struct bench *b)
{
    if (b->options.has_boot_seed) {
        b->board.boot_id = splitmix64(&b->options.boot_seed);
    } else if (getrandom(&b->board.boot_id, sizeof b->board.boot_id, 0) != (ssize_t)sizeof b->board.boot_id) {
        b->board.boot_id = (uint64_t)bench_true_now() * UINT64_C(0x9e3779b97f4a7c15);
    }
    memset(b->peripherals.edges, 0, sizeof b->peripherals.edges);
    capfw_boot(&b->firmware, &b->hal, &b->board);
    printf("boot id=%016" PRIx64 " true_ns=%" PRId64 " ticks=%" PRIu64 "\n", b->board.boot_id, b->clock.restart_ns, bench_ticks_at(&b->clock, b->clock.restart_ns));
    fflush(stdout);
}

static void restart(struct bench *b)
{
    delay_clear(&b->from_host);
    delay_clear(&b->to_host);
    bench_clock_restart(&b->clock, bench_true_now());
    boot(b);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t fault_time(const struct bench *b, int64_t after_ms)
{
    return after_ms < 0 ? INT64_MAX : b->started + after_ms * NS_PER_MS;
}

static void run_faults(struct bench *b, int64_t now)
{
    if (now >= fault_time(b, b->options.mute_clock_after_ms)) {
        b->options.mute_clock_after_ms = -1;
        b->muted = true;
    }
    if (now >= fault_time(b, b->options.reboot_after_ms)) {
        b->options.reboot_after_ms = -1;
        restart(b);
    }
}

static void take_from_host(struct bench *b)
{
    uint8_t bytes[512];
    ssize_t got = read(b->line.fd, bytes, sizeof bytes), i;
    int64_t now = bench_true_now();
    if (got == 0 && b->line.slave_fd < 0) {
        ended = 1; /* the other end of --fd is gone */
    }
    if (got > 0 && !b->muted) {
        (void)delay_put(&b->from_host, bytes, (size_t)got, now);
    }
    for (i = 0; i < got && b->muted; i++) {
        size_t whole = mute_take(&b->mute, bytes[i]);
        if (whole > 0) {
            (void)delay_put(&b->from_host, b->mute.frame, whole, now);
        }
    }
}

static void give_to_host(struct bench *b)
{
    const uint8_t *bytes;
    size_t due;
    while ((due = delay_due(&b->to_host, bench_true_now(), &bytes)) > 0) {
        ssize_t taken = write(b->line.fd, bytes, due);
        if (taken <= 0) {
            return;
        }
        delay_drop(&b->to_host, (size_t)taken);
    }
}

static int64_t next_wake(const struct bench *b, int64_t now)
{
    uint64_t due = capfw_next_due(&b->firmware);
    int64_t wake = due == UINT64_MAX ? INT64_MAX : bench_true_at(&b->clock, due);
    int64_t sending = delay_next(&b->to_host);
    wake = earlier(wake, delay_next(&b->from_host));
    wake = earlier(wake, sending > now ? sending : INT64_MAX); /* what is due and could not be written waits for POLLOUT */
    wake = earlier(wake, fault_time(b, b->options.reboot_after_ms));
    return earlier(wake, fault_time(b, b->options.mute_clock_after_ms));
}

static void sleep_until(struct bench *b, int timer)
{
    struct pollfd p[4];
    struct itimerspec at;
    int64_t now = bench_true_now(), wake = next_wake(b, now);
    bool wants_out = capfw_wants_to_send(&b->firmware) ? !is_delayed(b) : delay_next(&b->to_host) <= now;
    if (wake > now + NS_PER_S) {
        wake = now + NS_PER_S;
    }
    memset(&at, 0, sizeof at);
    if (wake <= now) {
        wake = now + 1;
    }
    at.it_value.tv_sec = wake / NS_PER_S;
    at.it_value.tv_nsec = wake % NS_PER_S;
    (void)timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    memset(p, 0, sizeof p);
    p[0].fd = b->line.fd;
    p[0].events = (short)(POLLIN | (wants_out ? POLLOUT : 0));
    p[1].fd = timer;
    p[1].events = POLLIN;
    p[2].fd = b->line.notify_fd;
    p[2].events = POLLIN;
    p[3].fd = b->options.until_stdin_closes ? STDIN_FILENO : -1;
    p[3].events = POLLIN;
    if (poll(p, 4, -1) < 0) {
        return;
    }
    if ((p[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        take_from_host(b);
    }
    if ((p[2].revents & POLLIN) != 0) {
        line_somebody_closed(&b->line);
    }
    if (p[3].revents != 0) {
        char ignored[256];
        ended = read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
    }
}

static bool open_fifo(const char *path, int *fd)
{
    if (path != NULL) {
        /* Read-write, so that opening does not wait for the other end and its closing is no end of file. */
        *fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (*fd < 0) {
            fprintf(stderr, "bench-board: cannot open the FIFO %s: %s\n", path, strerror(errno));
            return false;
        }
    }
    return true;
}

static void set_up_line(struct bench *b)
{
    b->from_host.latency_ns = b->options.rx_latency_us * 1000;
    b->to_host.latency_ns = b->options.tx_latency_us * 1000;
    b->from_host.jitter_ns = b->to_host.jitter_ns = b->options.jitter_us * 1000;
    b->from_host.random = b->options.jitter_seed;
    b->to_host.random = ~b->options.jitter_seed;
}

int main(int argc, char **argv)
{
    static struct bench b; /* large, and zero at start */
    struct sigaction on_end;
    int timer;
    b.options = options_parse(argc, argv);
    b.clock = b.options.clock;
    b.started = bench_true_now();
    memset(&on_end, 0, sizeof on_end);
    on_end.sa_handler = end;
    (void)sigaction(SIGTERM, &on_end, NULL);
    (void)sigaction(SIGINT, &on_end, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    peripherals_init(&b.peripherals);
    b.peripherals.drop_every = b.options.drop_every;
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer < 0 || !line_open(&b.line, b.options.fd, b.options.link) || !open_fifo(b.options.imu_fifo, &b.peripherals.imu_fd) ||
        !open_fifo(b.options.trigger_fifo, &b.peripherals.trigger_fd)) {
        return 3;
    }
    set_up_line(&b);
    b.hal.context = &b;
    b.hal.ticks_now = ticks_now;
    b.hal.uart_read = uart_read;
    b.hal.uart_write = uart_write;
    b.hal.uart_room = uart_room;
    b.hal.imu_read = imu_read;
    b.hal.trigger_set = trigger_set;
    describe_board(&b);
    printf("port %s\nclock epoch_ns=%" PRId64 "\n", b.line.path[0] != 0 ? b.line.path : "fd", b.clock.epoch_ns);
    boot(&b);
    while (!ended) {
        run_faults(&b, bench_true_now());
        capfw_poll(&b.firmware);
        give_to_host(&b);
        sleep_until(&b, timer);
    }
    if (b.options.link != NULL) {
        (void)unlink(b.options.link);
    }
    fprintf(stderr, "bench-board: ended; bad frames received %" PRIu32 ", trigger records that nobody read %" PRIu64 "\n", b.firmware.bad_frames, b.peripherals.trigger_records_lost);
    return 0;
}
