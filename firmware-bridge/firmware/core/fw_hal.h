/* All that the firmware asks of a board. A port fills this in; see ../../README.md. No call may block. */
#ifndef CAPFW_HAL_H
#define CAPFW_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capfw_imu_sample {
    uint64_t ticks;  /* when it was sampled: data-ready line or timer, not when it was read out */
    float accel[3];  /* m/s², x y z in the sensor's frame */
    float gyro[3];   /* rad/s */
};

struct capfw_hal {
    void *context; /* handed back in every call */

    /* The free-running counter, extended to 64 bits: it never wraps and never goes back within one boot. */
    uint64_t (*ticks_now)(void *context);

    /* Up to `capacity` received bytes; 0 when none wait. */
    size_t (*uart_read)(void *context, uint8_t *to, size_t capacity);

    /* Hands up to `length` bytes to the transmitter; returns how many it took, 0 when it is full. */
    size_t (*uart_write)(void *context, const uint8_t *bytes, size_t length);

    /* Bytes that uart_write would take now. A clock reply is stamped only when it can leave at once. */
    size_t (*uart_room)(void *context);

    /* The sample due at `due` ticks (older ones come from the sensor's FIFO). False: the sensor did not give it; it is counted as dropped. */
    bool (*imu_read)(void *context, uint8_t imu, uint64_t due, struct capfw_imu_sample *sample);

    /* Switches a trigger line. Returns the tick at which the pin changed: the compare value where a timer drives it, else a reading beside the write. */
    uint64_t (*trigger_set)(void *context, uint8_t channel, bool high, uint64_t due);
};

#endif
