/* IMU samples and trigger edges, each at its tick. */
#include "internal.h"

#define NS_PER_S 1000000000u

/* How far behind a stream may catch up: the order of what a sensor's FIFO holds. Older samples are gone, and counted. */
#define CATCH_UP_SAMPLES 256u

/* Split by whole seconds: the product would overflow after hours. */
static uint64_t scale(uint64_t value, uint64_t multiplier, uint64_t divisor)
{
    return value / divisor * multiplier + value % divisor * multiplier / divisor;
}

static uint64_t ns_to_ticks(const struct capfw *fw, uint64_t ns)
{
    return scale(ns, fw->board->tick_rate_hz, NS_PER_S);
}

static uint64_t ticks_to_ns(const struct capfw *fw, uint64_t ticks)
{
    return scale(ticks, NS_PER_S, fw->board->tick_rate_hz);
}

static void imu_flush(struct capfw *fw, uint8_t imu)
{
    struct capfw_imu_stream *s = &fw->imu[imu];
    if (s->held > 0 && !capfw_send_imu(fw, imu)) {
        s->dropped += s->held;
    }
    s->held = 0;
}

static void imu_schedule(const struct capfw *fw, struct capfw_imu_stream *s)
{
    s->due = s->start + scale(s->index, fw->board->tick_rate_hz, s->rate_hz);
}

void capfw_imu_start(struct capfw *fw, uint8_t imu, uint32_t rate_hz, uint32_t per_frame, uint64_t now)
{
    struct capfw_imu_stream *s = &fw->imu[imu];
    imu_flush(fw, imu);
    s->running = true;
    s->rate_hz = rate_hz;
    s->per_frame = per_frame;
    s->start = now;
    s->index = 1;
    imu_schedule(fw, s);
}

void capfw_imu_stop(struct capfw *fw, uint8_t imu)
{
    imu_flush(fw, imu);
    fw->imu[imu].running = false;
    fw->counts_wanted = true;
}

static void imu_run(struct capfw *fw, uint8_t imu, uint64_t now)
{
    struct capfw_imu_stream *s = &fw->imu[imu];
    uint64_t behind;
    if (!s->running || now < s->due) {
        return;
    }
    behind = scale(now - s->due, s->rate_hz, fw->board->tick_rate_hz);
    if (behind >= CATCH_UP_SAMPLES) {
        uint64_t lost = behind - CATCH_UP_SAMPLES + 1;
        imu_flush(fw, imu);
        s->sequence += lost;
        s->dropped += lost;
        s->index += lost;
        imu_schedule(fw, s);
    }
    while (now >= s->due) {
        if (fw->hal->imu_read(fw->hal->context, imu, s->due, &s->batch[s->held])) {
            s->held++;
            s->sequence++;
            if (s->held >= s->per_frame) {
                imu_flush(fw, imu);
            }
        } else {
            imu_flush(fw, imu); /* a frame holds consecutive samples only */
            s->sequence++;
            s->dropped++;
        }
        s->index++;
        imu_schedule(fw, s);
    }
}

/* The first rising edge after `ticks`. */
static void trigger_schedule(const struct capfw *fw, struct capfw_trigger_stream *s, uint64_t ticks)
{
    uint64_t ns = ticks_to_ns(fw, ticks);
    s->rising_ns = ns < s->phase_ns ? s->phase_ns : s->phase_ns + ((ns - s->phase_ns) / s->period_ns + 1) * s->period_ns;
    s->due = ns_to_ticks(fw, s->rising_ns);
    if (s->due <= ticks) {
        s->rising_ns += s->period_ns; /* rounding put it on the tick that is over */
        s->due = ns_to_ticks(fw, s->rising_ns);
    }
}

void capfw_trigger_start(struct capfw *fw, uint8_t channel, uint64_t period_ns, uint64_t phase_ns, uint64_t width_ns, uint64_t now)
{
    struct capfw_trigger_stream *s = &fw->trigger[channel];
    s->running = true;
    s->period_ns = period_ns;
    s->phase_ns = phase_ns;
    s->width_ns = width_ns;
    if (!s->high) {
        trigger_schedule(fw, s, now);
    }
}

void capfw_trigger_stop(struct capfw *fw, uint8_t channel)
{
    fw->trigger[channel].running = false;
    fw->counts_wanted = true;
}

static void trigger_run(struct capfw *fw, uint8_t channel, uint64_t now)
{
    struct capfw_trigger_stream *s = &fw->trigger[channel];
    if (s->running && !s->high && now > s->due && now - s->due > fw->board->tick_rate_hz) {
        trigger_schedule(fw, s, now); /* more than a second late: those pulses were never made */
    }
    while ((s->running || s->high) && now >= s->due) {
        uint64_t due = s->due, ticks;
        s->high = !s->high;
        ticks = fw->hal->trigger_set(fw->hal->context, channel, s->high, due);
        if (!capfw_send_edge(fw, channel, s->sequence, ticks, s->high)) {
            s->dropped++;
        }
        s->sequence++;
        if (s->high) {
            s->due = ns_to_ticks(fw, s->rising_ns + s->width_ns);
        } else if (s->running) {
            trigger_schedule(fw, s, due);
        } else {
            fw->counts_wanted = true; /* the stop is complete only now */
        }
    }
}

void capfw_run_streams(struct capfw *fw, uint64_t now)
{
    bool running = false;
    uint8_t i;
    for (i = 0; i < fw->board->trigger_count; i++) {
        trigger_run(fw, i, now);
        running = running || fw->trigger[i].running || fw->trigger[i].high;
    }
    for (i = 0; i < fw->board->imu_count; i++) {
        imu_run(fw, i, now);
        running = running || fw->imu[i].running;
    }
    if (running && now >= fw->counts_due) {
        fw->counts_wanted = true;
    }
    if (fw->counts_wanted && capfw_send_counts(fw)) {
        fw->counts_wanted = false;
        fw->counts_due = now + fw->board->tick_rate_hz;
    }
}
