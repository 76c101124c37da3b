#ifndef CAPFW_COBS_H
#define CAPFW_COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest encoded size, without the closing 0x00. */
#define CAPFW_COBS_BOUND(length) ((length) + (length) / 254u + 1u)

/* Encodes without the closing 0x00; leaves out the empty block after a full last block. `to` holds CAPFW_COBS_BOUND(length) bytes.
   Returns the encoded length. */
size_t capfw_cobs_encode(const uint8_t *from, size_t length, uint8_t *to);

/* Decodes in place what stood before a 0x00. Accepts both forms of a full last block. False: a code byte points beyond the end, or there is a zero inside. */
bool capfw_cobs_decode(uint8_t *bytes, size_t length, size_t *decoded);

#endif
