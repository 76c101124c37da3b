/* The loop: bytes in, streams, bytes out. */
#include "capture_fw.h"

#include <string.h>

#include "cobs.h"
#include "crc32.h"
#include "internal.h"

#define READ_BYTES 64u
#define READS_PER_POLL 8u
/* A clock reply is stamped when this many bytes can leave at once; it has at most 37. */
#define CLOCK_REPLY_ROOM 40u

void capfw_boot(struct capfw *fw, const struct capfw_hal *hal, const struct capfw_board *board)
{
    memset(fw, 0, sizeof *fw);
    fw->hal = hal;
    fw->board = board;
    /* A lone 0x00 first: it ends whatever noise or half a frame stands before us on the line. */
    fw->out[0] = 0;
    fw->out_length = 1;
    capfw_send_info(fw, 0);
}

static void frame_ended(struct capfw *fw, uint64_t received)
{
    size_t length = 0;
    uint32_t crc = 0;
    size_t i;
    if (fw->rx_length == 0 && !fw->rx_overlong) {
        return;
    }
    if (fw->rx_overlong || !capfw_cobs_decode(fw->rx, fw->rx_length, &length) || length <= CAPFW_CRC_BYTES || length > CAPFW_PAYLOAD_MAX + CAPFW_CRC_BYTES) {
        fw->bad_frames++;
        return;
    }
    length -= CAPFW_CRC_BYTES;
    for (i = 0; i < CAPFW_CRC_BYTES; i++) {
        crc |= (uint32_t)fw->rx[length + i] << (8 * i);
    }
    if (crc != capfw_crc32(fw->rx, length)) {
        fw->bad_frames++;
        return;
    }
    capfw_handle(fw, fw->rx, length, received);
}

static void receive(struct capfw *fw)
{
    uint8_t bytes[READ_BYTES];
    size_t reads, count, i;
    for (reads = 0; reads < READS_PER_POLL; reads++) {
        uint64_t received;
        count = fw->hal->uart_read(fw->hal->context, bytes, sizeof bytes);
        if (count == 0) {
            return;
        }
        received = fw->hal->ticks_now(fw->hal->context);
        for (i = 0; i < count; i++) {
            if (bytes[i] == 0) {
                frame_ended(fw, received);
                fw->rx_length = 0;
                fw->rx_overlong = false;
            } else if (fw->rx_length < sizeof fw->rx) {
                fw->rx[fw->rx_length++] = bytes[i];
            } else {
                fw->rx_overlong = true;
            }
        }
    }
}

/* The next frame into `out`: clock replies first, for their stamp is only true if they leave at once. */
static bool next_frame(struct capfw *fw)
{
    fw->out_sent = 0;
    fw->out_length = 0;
    if (fw->clock_waiting_count > 0) {
        if (fw->hal->uart_room(fw->hal->context) < CLOCK_REPLY_ROOM) {
            return false;
        }
        fw->out_length = capfw_encode_clock_reply(fw, fw->clock_waiting[0].sequence, fw->clock_waiting[0].received, fw->out);
        fw->clock_waiting_count--;
        memmove(&fw->clock_waiting[0], &fw->clock_waiting[1], fw->clock_waiting_count * sizeof fw->clock_waiting[0]);
    } else {
        fw->out_length = capfw_tx_pop(&fw->queue, fw->out);
    }
    return fw->out_length > 0;
}

static void transmit(struct capfw *fw)
{
    while (fw->out_sent < fw->out_length || next_frame(fw)) {
        size_t taken = fw->hal->uart_write(fw->hal->context, fw->out + fw->out_sent, fw->out_length - fw->out_sent);
        if (taken == 0) {
            return;
        }
        fw->out_sent += taken;
    }
}

void capfw_poll(struct capfw *fw)
{
    receive(fw);
    transmit(fw);
    capfw_run_streams(fw, fw->hal->ticks_now(fw->hal->context));
    transmit(fw);
}

uint64_t capfw_next_due(const struct capfw *fw)
{
    uint64_t due = UINT64_MAX;
    bool running = false;
    uint8_t i;
    for (i = 0; i < fw->board->imu_count; i++) {
        if (fw->imu[i].running) {
            running = true;
            due = fw->imu[i].due < due ? fw->imu[i].due : due;
        }
    }
    for (i = 0; i < fw->board->trigger_count; i++) {
        if (fw->trigger[i].running || fw->trigger[i].high) {
            running = true;
            due = fw->trigger[i].due < due ? fw->trigger[i].due : due;
        }
    }
    return running && fw->counts_due < due ? fw->counts_due : due;
}

bool capfw_wants_to_send(const struct capfw *fw)
{
    return fw->out_sent < fw->out_length || fw->clock_waiting_count > 0 || fw->queue.used > 0;
}
