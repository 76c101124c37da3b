/* Building the board's messages. */
#include <string.h>

#include "cobs.h"
#include "crc32.h"
#include "internal.h"

struct capfw_writer capfw_begin(struct capfw *fw, uint32_t elements, enum capfw_type type)
{
    struct capfw_writer w = {fw->payload, CAPFW_PAYLOAD_MAX, 0, false};
    capfw_write_array(&w, elements);
    capfw_write_uint(&w, (uint64_t)type);
    return w;
}

size_t capfw_finish(struct capfw *fw, struct capfw_writer *w, uint8_t *frame)
{
    uint32_t crc;
    size_t length, i;
    if (w->overflow) {
        return 0;
    }
    crc = capfw_crc32(fw->payload, w->length);
    for (i = 0; i < CAPFW_CRC_BYTES; i++) {
        fw->payload[w->length + i] = (uint8_t)(crc >> (8 * i));
    }
    length = capfw_cobs_encode(fw->payload, w->length + CAPFW_CRC_BYTES, frame);
    frame[length] = 0;
    return length + 1;
}

bool capfw_queue(struct capfw *fw, struct capfw_writer *w, bool is_answer)
{
    size_t length = capfw_finish(fw, w, fw->frame);
    return length > 0 && capfw_tx_push(&fw->queue, fw->frame, length, is_answer);
}

uint64_t capfw_wire_ticks(const struct capfw *fw, uint64_t ticks)
{
    return fw->board->tick_bits >= 64 ? ticks : ticks & (((uint64_t)1 << fw->board->tick_bits) - 1);
}

void capfw_send_info(struct capfw *fw, uint64_t nonce)
{
    const struct capfw_board *b = fw->board;
    struct capfw_writer w = capfw_begin(fw, 13, CAPFW_INFO);
    uint8_t i, k, rates;
    capfw_write_uint(&w, nonce);
    capfw_write_uint(&w, CAPFW_PROTOCOL_MAJOR);
    capfw_write_uint(&w, CAPFW_PROTOCOL_MINOR);
    capfw_write_str(&w, CAPFW_NAME);
    capfw_write_str(&w, CAPFW_VERSION);
    capfw_write_bin(&w, b->uid, b->uid_length);
    capfw_write_uint(&w, b->boot_id);
    capfw_write_uint(&w, capfw_wire_ticks(fw, fw->hal->ticks_now(fw->hal->context)));
    capfw_write_uint(&w, b->tick_rate_hz);
    capfw_write_uint(&w, b->tick_bits);
    capfw_write_array(&w, b->imu_count);
    for (i = 0; i < b->imu_count; i++) {
        for (rates = 0; rates < CAPFW_RATES_MAX && b->imus[i].rates_hz[rates] != 0; rates++) {
        }
        capfw_write_array(&w, 6);
        capfw_write_uint(&w, i);
        capfw_write_str(&w, b->imus[i].name);
        capfw_write_array(&w, rates);
        for (k = 0; k < rates; k++) {
            capfw_write_uint(&w, b->imus[i].rates_hz[k]);
        }
        capfw_write_float(&w, b->imus[i].accel_range);
        capfw_write_float(&w, b->imus[i].gyro_range);
        capfw_write_uint(&w, CAPFW_BATCH_MAX);
    }
    capfw_write_array(&w, b->trigger_count);
    for (i = 0; i < b->trigger_count; i++) {
        capfw_write_array(&w, 3);
        capfw_write_uint(&w, i);
        capfw_write_uint(&w, b->triggers[i].min_period_ns);
        capfw_write_uint(&w, b->triggers[i].max_period_ns);
    }
    (void)capfw_queue(fw, &w, true);
}

void capfw_send_done(struct capfw *fw, uint64_t request, uint64_t ticks, uint64_t next_sequence)
{
    struct capfw_writer w = capfw_begin(fw, 5, CAPFW_DONE);
    capfw_write_uint(&w, request);
    capfw_write_uint(&w, fw->board->boot_id);
    capfw_write_uint(&w, capfw_wire_ticks(fw, ticks));
    capfw_write_uint(&w, next_sequence);
    (void)capfw_queue(fw, &w, true); /* no room: the host is not reading, and repeats what it gets no answer to */
}

void capfw_send_error(struct capfw *fw, uint64_t request, enum capfw_error_code code, const char *text)
{
    struct capfw_writer w = capfw_begin(fw, 4, CAPFW_ERROR);
    capfw_write_uint(&w, request);
    capfw_write_uint(&w, (uint64_t)code);
    capfw_write_str(&w, text);
    (void)capfw_queue(fw, &w, true);
}

bool capfw_send_edge(struct capfw *fw, uint8_t channel, uint64_t sequence, uint64_t ticks, bool rising)
{
    struct capfw_writer w = capfw_begin(fw, 5, CAPFW_EDGE);
    capfw_write_uint(&w, channel);
    capfw_write_uint(&w, sequence);
    capfw_write_uint(&w, capfw_wire_ticks(fw, ticks));
    capfw_write_bool(&w, rising);
    return capfw_queue(fw, &w, false);
}

bool capfw_send_counts(struct capfw *fw)
{
    const struct capfw_board *b = fw->board;
    struct capfw_writer w = capfw_begin(fw, 5, CAPFW_COUNTS);
    uint8_t i;
    capfw_write_uint(&w, b->boot_id);
    capfw_write_uint(&w, capfw_wire_ticks(fw, fw->hal->ticks_now(fw->hal->context)));
    capfw_write_uint(&w, fw->bad_frames);
    capfw_write_array(&w, (uint32_t)b->imu_count + b->trigger_count);
    for (i = 0; i < b->imu_count; i++) {
        capfw_write_array(&w, 4);
        capfw_write_uint(&w, CAPFW_KIND_IMU);
        capfw_write_uint(&w, i);
        /* Held samples are on their way: they are counted as produced once their batch is queued. */
        capfw_write_uint(&w, fw->imu[i].sequence - fw->imu[i].held);
        capfw_write_uint(&w, fw->imu[i].dropped);
    }
    for (i = 0; i < b->trigger_count; i++) {
        capfw_write_array(&w, 4);
        capfw_write_uint(&w, CAPFW_KIND_EDGES);
        capfw_write_uint(&w, i);
        capfw_write_uint(&w, fw->trigger[i].sequence);
        capfw_write_uint(&w, fw->trigger[i].dropped);
    }
    return capfw_queue(fw, &w, true);
}

bool capfw_send_imu(struct capfw *fw, uint8_t imu)
{
    const struct capfw_imu_stream *s = &fw->imu[imu];
    struct capfw_writer w = capfw_begin(fw, 4, CAPFW_IMU);
    uint32_t i;
    int axis;
    capfw_write_uint(&w, imu);
    capfw_write_uint(&w, s->sequence - s->held);
    capfw_write_array(&w, s->held);
    for (i = 0; i < s->held; i++) {
        capfw_write_array(&w, 7);
        capfw_write_uint(&w, capfw_wire_ticks(fw, s->batch[i].ticks));
        for (axis = 0; axis < 3; axis++) {
            capfw_write_float(&w, s->batch[i].accel[axis]);
        }
        for (axis = 0; axis < 3; axis++) {
            capfw_write_float(&w, s->batch[i].gyro[axis]);
        }
    }
    return capfw_queue(fw, &w, false);
}

size_t capfw_encode_clock_reply(struct capfw *fw, uint64_t sequence, uint64_t received, uint8_t *frame)
{
    struct capfw_writer w = capfw_begin(fw, 5, CAPFW_CLOCK_REPLY);
    capfw_write_uint(&w, sequence);
    capfw_write_uint(&w, fw->board->boot_id);
    capfw_write_uint(&w, capfw_wire_ticks(fw, received));
    capfw_write_uint(&w, capfw_wire_ticks(fw, fw->hal->ticks_now(fw->hal->context)));
    return capfw_finish(fw, &w, frame);
}
