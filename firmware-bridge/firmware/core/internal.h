/* Calls between the rooms of the core; a port includes capture_fw.h only. */
#ifndef CAPFW_INTERNAL_H
#define CAPFW_INTERNAL_H

#include "capture_fw.h"
#include "msgpack.h"

/* messages.c: begin writes array head and type; the finished payload lies in fw->payload. */
struct capfw_writer capfw_begin(struct capfw *fw, uint32_t elements, enum capfw_type type);
/* Crc and COBS around what `w` holds, closed by 0x00. `frame` has CAPFW_FRAME_MAX bytes. Returns its length, 0 if the message did not fit. */
size_t capfw_finish(struct capfw *fw, struct capfw_writer *w, uint8_t *frame);
bool capfw_queue(struct capfw *fw, struct capfw_writer *w, bool is_answer);
uint64_t capfw_wire_ticks(const struct capfw *fw, uint64_t ticks);

void capfw_send_info(struct capfw *fw, uint64_t nonce);
void capfw_send_done(struct capfw *fw, uint64_t request, uint64_t ticks, uint64_t next_sequence);
void capfw_send_error(struct capfw *fw, uint64_t request, enum capfw_error_code code, const char *text);
bool capfw_send_edge(struct capfw *fw, uint8_t channel, uint64_t sequence, uint64_t ticks, bool rising);
bool capfw_send_counts(struct capfw *fw);
bool capfw_send_imu(struct capfw *fw, uint8_t imu);
size_t capfw_encode_clock_reply(struct capfw *fw, uint64_t sequence, uint64_t received, uint8_t *frame);

/* requests.c */
void capfw_handle(struct capfw *fw, const uint8_t *payload, size_t length, uint64_t received);

/* streams.c */
void capfw_imu_start(struct capfw *fw, uint8_t imu, uint32_t rate_hz, uint32_t per_frame, uint64_t now);
void capfw_imu_stop(struct capfw *fw, uint8_t imu);
void capfw_trigger_start(struct capfw *fw, uint8_t channel, uint64_t period_ns, uint64_t phase_ns, uint64_t width_ns, uint64_t now);
void capfw_trigger_stop(struct capfw *fw, uint8_t channel);
void capfw_run_streams(struct capfw *fw, uint64_t now);

#endif
