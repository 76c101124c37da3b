#include "peripherals.h"

#include <string.h>
#include <unistd.h>

void peripherals_init(struct peripherals *p)
{
    memset(p, 0, sizeof *p);
    p->imu_fd = -1;
    p->trigger_fd = -1;
    p->held.values[2] = 9.80665f;
}

static uint64_t little_endian(const uint8_t *bytes, int width)
{
    uint64_t value = 0;
    while (width-- > 0) {
        value = value << 8 | bytes[width];
    }
    return value;
}

static void take_record(struct peripherals *p)
{
    struct imu_record *r = &p->ahead[(p->ahead_head + p->ahead_count++) % IMU_AHEAD];
    int i;
    r->true_ns = little_endian(p->partial, 8);
    for (i = 0; i < 6; i++) {
        uint32_t bits = (uint32_t)little_endian(p->partial + 8 + 4 * i, 4);
        memcpy(&r->values[i], &bits, sizeof bits);
    }
    p->partial_length = 0;
}

/* Reads no further than there is room: a writer that is far ahead blocks in its pipe. */
static void fill(struct peripherals *p)
{
    while (p->imu_fd >= 0 && p->ahead_count < IMU_AHEAD) {
        ssize_t got = read(p->imu_fd, p->partial + p->partial_length, IMU_RECORD_BYTES - p->partial_length);
        if (got <= 0) {
            return;
        }
        p->partial_length += (uint32_t)got;
        if (p->partial_length == IMU_RECORD_BYTES) {
            take_record(p);
        }
    }
}

bool peripherals_imu(struct peripherals *p, const struct bench_clock *clock, uint64_t due, struct capfw_imu_sample *sample)
{
    uint64_t at = (uint64_t)bench_true_at(clock, due);
    bool moved = true;
    while (moved) {
        fill(p);
        moved = false;
        while (p->ahead_count > 0 && p->ahead[p->ahead_head].true_ns <= at) {
            p->held = p->ahead[p->ahead_head];
            p->ahead_head = (p->ahead_head + 1) % IMU_AHEAD;
            p->ahead_count--;
            moved = true;
        }
    }
    if (p->drop_every != 0 && ++p->imu_reads % p->drop_every == 0) {
        return false;
    }
    sample->ticks = due;
    memcpy(sample->accel, p->held.values, sizeof sample->accel);
    memcpy(sample->gyro, p->held.values + 3, sizeof sample->gyro);
    return true;
}

void peripherals_trigger(struct peripherals *p, const struct bench_clock *clock, uint8_t channel, bool high, uint64_t ticks)
{
    uint8_t record[TRIGGER_RECORD_BYTES];
    uint64_t true_ns = (uint64_t)bench_true_at(clock, ticks), sequence = p->edges[channel]++;
    int i;
    if (p->trigger_fd < 0) {
        return;
    }
    for (i = 0; i < 8; i++) {
        record[i] = (uint8_t)(true_ns >> (8 * i));
        record[10 + i] = (uint8_t)(sequence >> (8 * i));
    }
    record[8] = channel;
    record[9] = high;
    /* Shorter than PIPE_BUF, so a write is whole or not at all. */
    if (write(p->trigger_fd, record, sizeof record) != (ssize_t)sizeof record) {
        p->trigger_records_lost++;
    }
}
