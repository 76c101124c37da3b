/* What the host asks for. */
#include "internal.h"

#define ARGUMENTS_MAX 5u

static void hello(struct capfw *fw, uint64_t major, uint64_t nonce)
{
    capfw_send_info(fw, nonce);
    if (major != CAPFW_PROTOCOL_MAJOR) {
        capfw_send_error(fw, 0, CAPFW_OTHER_VERSION, "this board speaks protocol 1");
    }
}

static void clock_request(struct capfw *fw, uint64_t sequence, uint64_t received)
{
    /* More than these few waiting means that nothing leaves the board; the host counts the missing answer as lost. */
    if (fw->clock_waiting_count < CAPFW_CLOCK_WAITING_MAX) {
        fw->clock_waiting[fw->clock_waiting_count].sequence = sequence;
        fw->clock_waiting[fw->clock_waiting_count].received = received;
        fw->clock_waiting_count++;
    }
}

static bool has_imu(struct capfw *fw, uint64_t request, uint64_t imu)
{
    if (imu < fw->board->imu_count) {
        return true;
    }
    capfw_send_error(fw, request, CAPFW_NO_CHANNEL, "no such imu");
    return false;
}

static bool has_trigger(struct capfw *fw, uint64_t request, uint64_t channel)
{
    if (channel < fw->board->trigger_count) {
        return true;
    }
    capfw_send_error(fw, request, CAPFW_NO_CHANNEL, "no such trigger channel");
    return false;
}

static void start_imu(struct capfw *fw, const uint64_t *a, uint64_t now)
{
    const uint64_t request = a[0], imu = a[1], rate = a[2], per_frame = a[3];
    size_t i;
    bool known = false;
    if (!has_imu(fw, request, imu)) {
        return;
    }
    for (i = 0; i < CAPFW_RATES_MAX; i++) {
        known = known || (rate != 0 && fw->board->imus[imu].rates_hz[i] == rate);
    }
    if (!known) {
        capfw_send_error(fw, request, CAPFW_NOT_SUPPORTED, "imu rate: take one of those in info");
        return;
    }
    if (per_frame == 0 || per_frame > CAPFW_BATCH_MAX) {
        capfw_send_error(fw, request, CAPFW_NOT_SUPPORTED, "samples per frame: 1 to 10");
        return;
    }
    capfw_imu_start(fw, (uint8_t)imu, (uint32_t)rate, (uint32_t)per_frame, now);
    capfw_send_done(fw, request, now, fw->imu[imu].sequence);
}

static void stop_imu(struct capfw *fw, const uint64_t *a, uint64_t now)
{
    if (has_imu(fw, a[0], a[1])) {
        capfw_imu_stop(fw, (uint8_t)a[1]);
        capfw_send_done(fw, a[0], now, fw->imu[a[1]].sequence);
    }
}

static void start_trigger(struct capfw *fw, const uint64_t *a, uint64_t now)
{
    const uint64_t request = a[0], channel = a[1], period = a[2], phase = a[3], width = a[4];
    if (!has_trigger(fw, request, channel)) {
        return;
    }
    if (period < fw->board->triggers[channel].min_period_ns || period > fw->board->triggers[channel].max_period_ns) {
        capfw_send_error(fw, request, CAPFW_NOT_SUPPORTED, "trigger period: outside the range in info");
        return;
    }
    if (phase >= period || width == 0 || width >= period) {
        capfw_send_error(fw, request, CAPFW_NOT_SUPPORTED, "phase and width must be shorter than the period");
        return;
    }
    capfw_trigger_start(fw, (uint8_t)channel, period, phase, width, now);
    capfw_send_done(fw, request, now, fw->trigger[channel].sequence);
}

static void stop_trigger(struct capfw *fw, const uint64_t *a, uint64_t now)
{
    if (has_trigger(fw, a[0], a[1])) {
        capfw_trigger_stop(fw, (uint8_t)a[1]);
        capfw_send_done(fw, a[0], now, fw->trigger[a[1]].sequence);
    }
}

static void stop_all(struct capfw *fw, uint64_t request, uint64_t now)
{
    uint8_t i;
    for (i = 0; i < fw->board->imu_count; i++) {
        capfw_imu_stop(fw, i);
    }
    for (i = 0; i < fw->board->trigger_count; i++) {
        capfw_trigger_stop(fw, i);
    }
    capfw_send_done(fw, request, now, 0);
}

/* Elements that a message of this type has at least, without the type; 0: not a message for a board. */
static uint32_t arguments_of(uint64_t type)
{
    switch (type) {
    case CAPFW_HELLO: return 2;
    case CAPFW_CLOCK_REQUEST: return 1;
    case CAPFW_START_IMU: return 4;
    case CAPFW_STOP_IMU: return 2;
    case CAPFW_START_TRIGGER: return 5;
    case CAPFW_STOP_TRIGGER: return 2;
    case CAPFW_STOP_ALL: return 1;
    default: return 0;
    }
}

void capfw_handle(struct capfw *fw, const uint8_t *payload, size_t length, uint64_t received)
{
    struct capfw_reader r = {payload, length, 0};
    uint64_t type, a[ARGUMENTS_MAX] = {0};
    uint32_t elements, wanted, i;
    if (!capfw_read_array(&r, &elements) || elements == 0 || !capfw_read_uint(&r, &type)) {
        capfw_send_error(fw, 0, CAPFW_MALFORMED, "not an array that starts with a type");
        return;
    }
    wanted = arguments_of(type);
    if (wanted == 0) {
        capfw_send_error(fw, 0, CAPFW_UNKNOWN_TYPE, "unknown message type");
        return;
    }
    for (i = 0; i < wanted; i++) {
        if (i + 1 >= elements || !capfw_read_uint(&r, &a[i])) {
            capfw_send_error(fw, i > 0 && type >= CAPFW_START_IMU ? a[0] : 0, CAPFW_MALFORMED, "an element is missing or no unsigned integer");
            return;
        }
    }
    switch (type) {
    case CAPFW_HELLO: hello(fw, a[0], a[1]); break;
    case CAPFW_CLOCK_REQUEST: clock_request(fw, a[0], received); break;
    case CAPFW_START_IMU: start_imu(fw, a, received); break;
    case CAPFW_STOP_IMU: stop_imu(fw, a, received); break;
    case CAPFW_START_TRIGGER: start_trigger(fw, a, received); break;
    case CAPFW_STOP_TRIGGER: stop_trigger(fw, a, received); break;
    default: stop_all(fw, a[0], received); break;
    }
}
