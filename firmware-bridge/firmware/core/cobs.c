#include "cobs.h"

size_t capfw_cobs_encode(const uint8_t *from, size_t length, uint8_t *to)
{
    size_t code_at = 0, at = 1, i;
    uint8_t code = 1;
    for (i = 0; i < length; i++) {
        if (from[i] != 0) {
            to[at++] = from[i];
            code++;
        }
        if (from[i] == 0 || (code == 255 && i + 1 < length)) {
            to[code_at] = code;
            code_at = at++;
            code = 1;
        }
    }
    to[code_at] = code;
    return at;
}

bool capfw_cobs_decode(uint8_t *bytes, size_t length, size_t *decoded)
{
    size_t at = 0, out = 0;
    while (at < length) {
        uint8_t code = bytes[at++];
        uint8_t left;
        if (code == 0 || (size_t)(code - 1) > length - at) {
            return false;
        }
        for (left = (uint8_t)(code - 1); left > 0; left--) {
            if (bytes[at] == 0) {
                return false;
            }
            bytes[out++] = bytes[at++];
        }
        if (code < 255 && at < length) {
            bytes[out++] = 0;
        }
    }
    *decoded = out;
    return true;
}
