#include "bench_clock.h"

#include <math.h>
#include <time.h>

#define NS_PER_S 1000000000

int64_t bench_true_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t gained(const struct bench_clock *c, int64_t u)
{
    double ns = c->ppm * (double)u;
    if (c->wander_period_ns > 0) {
        double turn = 2.0 * 3.14159265358979323846 / c->wander_period_ns;
        ns += c->wander_ppm / turn * (cos(c->wander_phase) - cos(turn * (double)u + c->wander_phase));
    }
    return (int64_t)llround(1e-6 * ns);
}

static int64_t oscillator(const struct bench_clock *c, int64_t true_ns)
{
    int64_t u = true_ns - c->epoch_ns;
    return u + gained(c, u);
}

/* Nanoseconds that stand before `boot_ticks` are added: offset plus what the oscillator did since the restart. */
static int64_t base(const struct bench_clock *c)
{
    return c->offset_ns - oscillator(c, c->restart_ns);
}

uint64_t bench_ticks_at(const struct bench_clock *c, int64_t true_ns)
{
    int64_t ns = base(c) + oscillator(c, true_ns);
    uint64_t whole, rest;
    if (ns < 0) {
        return c->boot_ticks; /* a negative offset: the counter stands until it is used up */
    }
    whole = (uint64_t)ns / NS_PER_S;
    rest = (uint64_t)ns % NS_PER_S;
    return c->boot_ticks + whole * c->tick_rate_hz + rest * c->tick_rate_hz / NS_PER_S;
}

int64_t bench_true_at(const struct bench_clock *c, uint64_t ticks)
{
    uint64_t counted = ticks > c->boot_ticks ? ticks - c->boot_ticks : 0;
    uint64_t whole = counted / c->tick_rate_hz, rest = counted % c->tick_rate_hz;
    int64_t ns = (int64_t)(whole * NS_PER_S + (rest * NS_PER_S + c->tick_rate_hz - 1) / c->tick_rate_hz);
    int64_t wanted = ns - base(c); /* what the oscillator shows then */
    int64_t u = wanted;
    int step;
    for (step = 0; step < 6; step++) {
        u = wanted - gained(c, u); /* contracts by the ppm in each step */
    }
    return c->epoch_ns + u;
}

void bench_clock_restart(struct bench_clock *c, int64_t true_ns)
{
    c->restart_ns = true_ns;
    c->offset_ns = 0;
    c->boot_ticks = 0;
}
