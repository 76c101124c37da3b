#include "tx_queue.h"

static void put(struct capfw_tx_queue *q, uint8_t byte)
{
    q->ring[(q->head + q->used) % CAPFW_TX_BYTES] = byte;
    q->used++;
}

static uint8_t take(struct capfw_tx_queue *q)
{
    uint8_t byte = q->ring[q->head];
    q->head = (q->head + 1) % CAPFW_TX_BYTES;
    q->used--;
    return byte;
}

bool capfw_tx_push(struct capfw_tx_queue *q, const uint8_t *frame, size_t length, bool is_answer)
{
    size_t limit = is_answer ? CAPFW_TX_BYTES : CAPFW_TX_BYTES - CAPFW_TX_RESERVE;
    size_t i;
    if (length == 0 || length > CAPFW_FRAME_MAX || q->used + length + 2 > limit) {
        return false;
    }
    put(q, (uint8_t)(length >> 8));
    put(q, (uint8_t)length);
    for (i = 0; i < length; i++) {
        put(q, frame[i]);
    }
    return true;
}

size_t capfw_tx_pop(struct capfw_tx_queue *q, uint8_t *to)
{
    size_t length, i;
    if (q->used == 0) {
        return 0;
    }
    length = (size_t)take(q) << 8;
    length |= take(q);
    for (i = 0; i < length; i++) {
        to[i] = take(q);
    }
    return length;
}
