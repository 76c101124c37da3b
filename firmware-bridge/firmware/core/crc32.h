#ifndef CAPFW_CRC32_H
#define CAPFW_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32/ISO-HDLC; over "123456789" it is 0xCBF43926. */
uint32_t capfw_crc32(const uint8_t *bytes, size_t length);

#endif
