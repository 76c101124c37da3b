/* The part of MessagePack that the wire protocol uses: arrays, unsigned integers, booleans, float32, str, bin. */
#ifndef CAPFW_MSGPACK_H
#define CAPFW_MSGPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writing past the capacity sets `overflow` and writes nothing more; ask once at the end. */
struct capfw_writer {
    uint8_t *bytes;
    size_t capacity;
    size_t length;
    bool overflow;
};

void capfw_write_array(struct capfw_writer *w, uint32_t count);
void capfw_write_uint(struct capfw_writer *w, uint64_t value);
void capfw_write_bool(struct capfw_writer *w, bool value);
void capfw_write_float(struct capfw_writer *w, float value);
void capfw_write_str(struct capfw_writer *w, const char *zero_terminated);
void capfw_write_bin(struct capfw_writer *w, const uint8_t *bytes, uint8_t length);

struct capfw_reader {
    const uint8_t *bytes;
    size_t length;
    size_t at;
};

/* False: not an array / not an integer that is ≥ 0, or the bytes end too early. Every width is accepted. */
bool capfw_read_array(struct capfw_reader *r, uint32_t *count);
bool capfw_read_uint(struct capfw_reader *r, uint64_t *value);

#endif
