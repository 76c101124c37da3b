/* Frames that wait for the transmitter: a ring of bytes, each frame behind its length. */
#ifndef CAPFW_TX_QUEUE_H
#define CAPFW_TX_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

#ifndef CAPFW_TX_BYTES
#define CAPFW_TX_BYTES 8192u
#endif

/* Room that samples may not use, so that answers are never crowded out. */
#define CAPFW_TX_RESERVE (2u * (CAPFW_FRAME_MAX + 2u))

struct capfw_tx_queue {
    uint8_t ring[CAPFW_TX_BYTES];
    size_t head;
    size_t used;
};

/* False: no room; nothing was queued. `is_answer` may use the reserve. */
bool capfw_tx_push(struct capfw_tx_queue *q, const uint8_t *frame, size_t length, bool is_answer);

/* The oldest frame into `to` (CAPFW_FRAME_MAX bytes); 0 when none waits. */
size_t capfw_tx_pop(struct capfw_tx_queue *q, uint8_t *to);

#endif
