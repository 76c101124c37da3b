/* The firmware of a Capture board: ../../spec/wire-protocol.md over the calls of fw_hal.h.
   No allocation, no operating system, no floating-point arithmetic; all state is in struct capfw, which the port provides.
   A port calls capfw_boot once, then capfw_poll whenever bytes arrived or capfw_next_due has passed. One thread; not from an interrupt. */
#ifndef CAPTURE_FW_H
#define CAPTURE_FW_H

#include "fw_hal.h"
#include "tx_queue.h"
#include "wire.h"

#define CAPFW_NAME "capture-fw"
#define CAPFW_VERSION "0.1.0"

struct capfw_imu_descriptor {
    const char *name;                   /* at most 16 characters */
    uint32_t rates_hz[CAPFW_RATES_MAX]; /* ascending, 0 ends the list early */
    float accel_range;                  /* ±, m/s² */
    float gyro_range;                   /* ±, rad/s */
};

struct capfw_trigger_descriptor {
    uint64_t min_period_ns;
    uint64_t max_period_ns;
};

/* What this board is. `boot_id` is random at every start: from a hardware source, or a counter in flash mixed with the uid. */
struct capfw_board {
    uint8_t uid[CAPFW_UID_MAX];
    uint8_t uid_length;
    uint64_t boot_id;
    uint32_t tick_rate_hz;
    uint8_t tick_bits; /* 64, or fewer: then the ticks on the wire wrap */
    uint8_t imu_count;
    uint8_t trigger_count;
    struct capfw_imu_descriptor imus[CAPFW_IMUS_MAX];
    struct capfw_trigger_descriptor triggers[CAPFW_TRIGGERS_MAX];
};

struct capfw_imu_stream {
    bool running;
    uint32_t rate_hz;
    uint32_t per_frame;
    uint64_t start;    /* ticks; sample k of this run is due at start + k · tick rate / rate, k from 1 */
    uint64_t index;    /* k of the next sample */
    uint64_t due;      /* ticks */
    uint64_t sequence; /* of the next sample; equals produced */
    uint64_t dropped;
    uint32_t held; /* samples in `batch`, consecutive, the last has sequence - 1 */
    struct capfw_imu_sample batch[CAPFW_BATCH_MAX];
};

struct capfw_trigger_stream {
    bool running; /* makes new pulses; one that is high ends in any case */
    bool high;
    uint64_t period_ns;
    uint64_t phase_ns;
    uint64_t width_ns;
    uint64_t rising_ns; /* of the current or next pulse, board's clock since tick 0 */
    uint64_t due;       /* ticks of the next edge */
    uint64_t sequence;
    uint64_t dropped;
};

#define CAPFW_CLOCK_WAITING_MAX 4u

struct capfw {
    const struct capfw_hal *hal;
    const struct capfw_board *board;

    uint8_t rx[CAPFW_FRAME_MAX];
    size_t rx_length;
    bool rx_overlong;
    uint32_t bad_frames;

    uint8_t payload[CAPFW_PAYLOAD_MAX + CAPFW_CRC_BYTES]; /* the message being built */
    uint8_t frame[CAPFW_FRAME_MAX];
    struct capfw_tx_queue queue;
    uint8_t out[CAPFW_FRAME_MAX]; /* the frame being transmitted */
    size_t out_length;
    size_t out_sent;

    struct {
        uint64_t sequence;
        uint64_t received;
    } clock_waiting[CAPFW_CLOCK_WAITING_MAX];
    size_t clock_waiting_count;

    struct capfw_imu_stream imu[CAPFW_IMUS_MAX];
    struct capfw_trigger_stream trigger[CAPFW_TRIGGERS_MAX];
    bool counts_wanted;
    uint64_t counts_due;
};

void capfw_boot(struct capfw *fw, const struct capfw_hal *hal, const struct capfw_board *board);
void capfw_poll(struct capfw *fw);

/* Ticks at which capfw_poll has something to do even if no byte arrives; UINT64_MAX: nothing. */
uint64_t capfw_next_due(const struct capfw *fw);

/* True while bytes wait for the transmitter. */
bool capfw_wants_to_send(const struct capfw *fw);

#endif
