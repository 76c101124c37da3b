/* What is soldered to the bench board, fed and watched from outside through FIFOs.

   --imu-fifo PATH      records in, little-endian, 32 bytes: u64 true time (ns of CLOCK_MONOTONIC), float32 acceleration x y z (m/s²), float32 angular rate x y z (rad/s).
                        A sample takes the newest record whose time is not after the sample's own true time, so a writer that stays up to 200 ms ahead gives exact values;
                        one that is late gives the last it wrote. Times must not go back. Without a record: at rest, (0, 0, 9.80665) and 0.
   --trigger-fifo PATH  records out, little-endian, 18 bytes: u64 true time of the edge (ns), u8 channel, u8 rising, u64 edge sequence of this boot.
                        A record is written when the board makes the edge, a little after its time when the machine is busy. Nobody reads: the pipe
                        fills (3,640 records), and what comes after is dropped and counted at the end. */
#ifndef BENCH_PERIPHERALS_H
#define BENCH_PERIPHERALS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench_clock.h"
#include "fw_hal.h"
#include "wire.h"

#define IMU_RECORD_BYTES 32u
#define TRIGGER_RECORD_BYTES 18u
#define IMU_AHEAD 256u

struct imu_record {
    uint64_t true_ns;
    float values[6];
};

struct peripherals {
    int imu_fd;     /* -1: none */
    int trigger_fd; /* -1: none */
    uint64_t drop_every; /* every n-th IMU sample is not given; 0: none */
    uint64_t imu_reads;
    uint64_t edges[CAPFW_TRIGGERS_MAX];
    uint64_t trigger_records_lost;
    struct imu_record held;
    struct imu_record ahead[IMU_AHEAD];
    uint32_t ahead_head, ahead_count;
    uint8_t partial[IMU_RECORD_BYTES];
    uint32_t partial_length;
};

void peripherals_init(struct peripherals *p);
bool peripherals_imu(struct peripherals *p, const struct bench_clock *clock, uint64_t due, struct capfw_imu_sample *sample);
void peripherals_trigger(struct peripherals *p, const struct bench_clock *clock, uint8_t channel, bool high, uint64_t ticks);

#endif
