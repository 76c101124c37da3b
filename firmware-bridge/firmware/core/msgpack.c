#include "msgpack.h"

#include <string.h>

static void put(struct capfw_writer *w, const uint8_t *bytes, size_t length)
{
    if (w->overflow || length > w->capacity - w->length) {
        w->overflow = true;
        return;
    }
    memcpy(w->bytes + w->length, bytes, length);
    w->length += length;
}

static void put_big_endian(struct capfw_writer *w, uint8_t head, uint64_t value, size_t width)
{
    uint8_t bytes[9];
    size_t i;
    bytes[0] = head;
    for (i = 0; i < width; i++) {
        bytes[1 + i] = (uint8_t)(value >> (8 * (width - 1 - i)));
    }
    put(w, bytes, 1 + width);
}

void capfw_write_array(struct capfw_writer *w, uint32_t count)
{
    if (count < 16) {
        put_big_endian(w, (uint8_t)(0x90u | count), 0, 0);
    } else if (count <= 0xffffu) {
        put_big_endian(w, 0xdc, count, 2);
    } else {
        put_big_endian(w, 0xdd, count, 4);
    }
}

void capfw_write_uint(struct capfw_writer *w, uint64_t value)
{
    if (value < 0x80) {
        put_big_endian(w, (uint8_t)value, 0, 0);
    } else if (value <= 0xffu) {
        put_big_endian(w, 0xcc, value, 1);
    } else if (value <= 0xffffu) {
        put_big_endian(w, 0xcd, value, 2);
    } else if (value <= 0xffffffffu) {
        put_big_endian(w, 0xce, value, 4);
    } else {
        put_big_endian(w, 0xcf, value, 8);
    }
}

void capfw_write_bool(struct capfw_writer *w, bool value)
{
    put_big_endian(w, value ? 0xc3 : 0xc2, 0, 0);
}

void capfw_write_float(struct capfw_writer *w, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_big_endian(w, 0xca, bits, 4);
}

void capfw_write_str(struct capfw_writer *w, const char *zero_terminated)
{
    size_t length = 0;
    while (length < 255 && zero_terminated[length] != 0) {
        length++;
    }
    if (length < 32) {
        put_big_endian(w, (uint8_t)(0xa0u | length), 0, 0);
    } else {
        put_big_endian(w, 0xd9, length, 1);
    }
    put(w, (const uint8_t *)zero_terminated, length);
}

void capfw_write_bin(struct capfw_writer *w, const uint8_t *bytes, uint8_t length)
{
    put_big_endian(w, 0xc4, length, 1);
    put(w, bytes, length);
}

static bool take_big_endian(struct capfw_reader *r, size_t width, uint64_t *value)
{
    size_t i;
    if (width > r->length - r->at) {
        return false;
    }
    *value = 0;
    for (i = 0; i < width; i++) {
        *value = *value << 8 | r->bytes[r->at++];
    }
    return true;
}

bool capfw_read_array(struct capfw_reader *r, uint32_t *count)
{
    uint64_t head, wide;
    if (!take_big_endian(r, 1, &head)) {
        return false;
    }
    if ((head & 0xf0u) == 0x90u) {
        *count = (uint32_t)(head & 15u);
        return true;
    }
    if ((head == 0xdc && take_big_endian(r, 2, &wide)) || (head == 0xdd && take_big_endian(r, 4, &wide))) {
        *count = (uint32_t)wide;
        return true;
    }
    return false;
}

bool capfw_read_uint(struct capfw_reader *r, uint64_t *value)
{
    uint64_t head;
    if (!take_big_endian(r, 1, &head)) {
        return false;
    }
    if (head < 0x80) {
        *value = head;
        return true;
    }
    if (head >= 0xcc && head <= 0xcf) {
        return take_big_endian(r, (size_t)1 << (head - 0xcc), value);
    }
    if (head >= 0xd0 && head <= 0xd3) {
        /* Signed forms are fine as long as the value is not negative. */
        size_t width = (size_t)1 << (head - 0xd0);
        return take_big_endian(r, width, value) && (*value >> (8 * width - 1)) == 0;
    }
    return false;
}
