/* Numbers of ../../spec/wire-protocol.md. Nothing here is chosen by the firmware. */
#ifndef CAPFW_WIRE_H
#define CAPFW_WIRE_H

#define CAPFW_PROTOCOL_MAJOR 1u
#define CAPFW_PROTOCOL_MINOR 0u

#define CAPFW_PAYLOAD_MAX 512u
#define CAPFW_CRC_BYTES 4u
/* payload and crc, one code byte for each started 254 bytes, the 0x00 */
#define CAPFW_FRAME_MAX 520u

enum capfw_type {
    CAPFW_HELLO = 1,
    CAPFW_CLOCK_REQUEST = 2,
    CAPFW_START_IMU = 3,
    CAPFW_STOP_IMU = 4,
    CAPFW_START_TRIGGER = 5,
    CAPFW_STOP_TRIGGER = 6,
    CAPFW_STOP_ALL = 7,
    CAPFW_INFO = 129,
    CAPFW_CLOCK_REPLY = 130,
    CAPFW_DONE = 131,
    CAPFW_ERROR = 132,
    CAPFW_IMU = 144,
    CAPFW_EDGE = 145,
    CAPFW_COUNTS = 146
};

enum capfw_error_code {
    CAPFW_UNKNOWN_TYPE = 1,
    CAPFW_MALFORMED = 2,
    CAPFW_NO_CHANNEL = 3,
    CAPFW_NOT_SUPPORTED = 4,
    CAPFW_OTHER_VERSION = 5,
    CAPFW_PERIPHERAL_FAILED = 6
};

enum capfw_stream_kind { CAPFW_KIND_IMU = 1, CAPFW_KIND_EDGES = 2 };

#define CAPFW_IMUS_MAX 4u
#define CAPFW_TRIGGERS_MAX 8u
#define CAPFW_RATES_MAX 8u
#define CAPFW_BATCH_MAX 10u
#define CAPFW_UID_MAX 16u

#endif
