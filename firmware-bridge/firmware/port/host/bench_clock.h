/* The bench board's oscillator: an exact, known function of the host's CLOCK_MONOTONIC.

   T true time, ns of CLOCK_MONOTONIC; T0 = --clock-epoch-ns; u = T − T0
   frequency error at u:  ppm(u) = X + A · sin(2π u / P + φ)
       X = --clock-ppm, A = --clock-wander-ppm, P = --clock-wander-period-ms, φ = --clock-wander-phase (rad)
   gained since T0, ns:   e(u) = round( 10⁻⁶ · ( X · u + A · P/(2π) · ( cos φ − cos(2π u / P + φ) ) ) )      (P in ns; IEEE double, round half away from zero)
   oscillator, ns:        g(u) = u + e(u)
   ticks(T) = B + floor( ( O + g(T − T0) − g(R − T0) ) · F / 10⁹ )
       first boot:         B = --boot-ticks, O = --clock-offset-ns, R = T0
       after the k-th restart at true time R (printed as true_ns of its `boot` line): B = 0, O = 0
       F = --tick-rate
   With --tick-bits below 64 the wire carries the low bits. The crystal keeps its frequency through a restart; the counter does not. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

struct bench_clock {
    int64_t epoch_ns;
    double ppm;
    double wander_ppm;
    double wander_period_ns; /* 0: no wander */
    double wander_phase;
    uint32_t tick_rate_hz;
    /* of the current boot */
    int64_t restart_ns;
    int64_t offset_ns;
    uint64_t boot_ticks;
};

int64_t bench_true_now(void);
uint64_t bench_ticks_at(const struct bench_clock *clock, int64_t true_ns);
/* The true time at which the counter reaches `ticks`. */
int64_t bench_true_at(const struct bench_clock *clock, uint64_t ticks);
void bench_clock_restart(struct bench_clock *clock, int64_t true_ns);

#endif
