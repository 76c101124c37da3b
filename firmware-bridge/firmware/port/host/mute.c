#include "mute.h"

#include <string.h>

#include "cobs.h"
#include "msgpack.h"

static int is_clock_request(const uint8_t *frame, size_t length)
{
    uint8_t copy[CAPFW_FRAME_MAX];
    struct capfw_reader r = {copy, 0, 0};
    uint32_t elements;
    uint64_t type;
    memcpy(copy, frame, length);
    return capfw_cobs_decode(copy, length, &r.length) && capfw_read_array(&r, &elements) && capfw_read_uint(&r, &type) && type == CAPFW_CLOCK_REQUEST;
}

size_t mute_take(struct mute *m, uint8_t byte)
{
    size_t length;
    m->frame[m->length++] = byte;
    if (byte != 0 && m->length < sizeof m->frame) {
        return 0;
    }
    length = m->length;
    m->length = 0;
    return byte == 0 && is_clock_request(m->frame, length - 1) ? 0 : length;
}
