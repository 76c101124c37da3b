/* For the tests: the C side of the protocol's examples.
     frame-check board     prints every message that a board sends, with the values of the specification's examples: `NAME HEX` a line
     frame-check answers   reads frames in hex, one a line; prints what a board (2 triggers, 1 IMU, boot id 0x1122334455667788) answers to each, in hex */
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define BOOT_ID UINT64_C(0x1122334455667788)

static uint64_t now_ticks;
static const uint8_t *input;
static size_t input_length;

static uint64_t ticks_now(void *context)
{
    (void)context;
    return now_ticks;
}

static size_t uart_read(void *context, uint8_t *to, size_t capacity)
{
    size_t count = input_length < capacity ? input_length : capacity;
    (void)context;
    memcpy(to, input, count);
    input += count;
    input_length -= count;
    return count;
}

static size_t uart_write(void *context, const uint8_t *bytes, size_t length)
{
    size_t i;
    (void)context;
    for (i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    return length;
}

static size_t uart_room(void *context)
{
    (void)context;
    return 1000;
}

static bool imu_read(void *context, uint8_t imu, uint64_t due, struct capfw_imu_sample *sample)
{
    (void)context;
    (void)imu;
    memset(sample, 0, sizeof *sample);
    sample->ticks = due;
    return true;
}

static uint64_t trigger_set(void *context, uint8_t channel, bool high, uint64_t due)
{
    (void)context;
    (void)channel;
    (void)high;
    return due;
}

static const struct capfw_hal hal = {NULL, ticks_now, uart_read, uart_write, uart_room, imu_read, trigger_set};
static const struct capfw_board board = {
    {0xe6, 0x61, 0x38, 0x52, 0x83, 0x50, 0xa2, 0xbc}, 8, BOOT_ID, 1000000, 64, 1, 2,
    {{"imu", {100, 200, 500, 1000}, 156.9064f, 34.906585f}},
    {{1000000, UINT64_C(10000000000)}, {1000000, UINT64_C(10000000000)}},
};
static struct capfw fw;

static void print_queued(const char *name)
{
    uint8_t frame[CAPFW_FRAME_MAX];
    size_t length = capfw_tx_pop(&fw.queue, frame);
    printf("%s ", name);
    (void)uart_write(NULL, frame, length);
    printf("\n");
}

static void print_board_messages(void)
{
    static const struct capfw_imu_sample sample = {0, {0.5f, -0.25f, 9.8125f}, {0.125f, 0.0f, -1.0f}};
    uint8_t frame[CAPFW_FRAME_MAX];
    size_t length;
    capfw_boot(&fw, &hal, &board);
    (void)capfw_tx_pop(&fw.queue, frame);
    now_ticks = 1234567;
    capfw_send_info(&fw, 0x12345678);
    print_queued("info");
    now_ticks = UINT64_C(5000000012);
    length = capfw_encode_clock_reply(&fw, 7, UINT64_C(5000000000), frame);
    printf("clock_reply ");
    (void)uart_write(NULL, frame, length);
    printf("\n");
    capfw_send_done(&fw, 1, 1300000, 0);
    print_queued("done");
    capfw_send_error(&fw, 3, CAPFW_NOT_SUPPORTED, "imu rate");
    print_queued("error");
    fw.imu[0].sequence = 42;
    fw.imu[0].held = 2;
    fw.imu[0].batch[0] = fw.imu[0].batch[1] = sample;
    fw.imu[0].batch[0].ticks = 2000000;
    fw.imu[0].batch[1].ticks = 2001000;
    (void)capfw_send_imu(&fw, 0);
    print_queued("imu");
    (void)capfw_send_edge(&fw, 1, 6, 2100000, true);
    print_queued("edge");
    now_ticks = 3000000;
    fw.bad_frames = 1;
    fw.imu[0].held = 0;
    fw.imu[0].sequence = 1700;
    fw.imu[0].dropped = 5;
    fw.trigger[1].sequence = 102;
    (void)capfw_send_counts(&fw);
    print_queued("counts");
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void print_answers(void)
{
    static char line[4096];
    static uint8_t bytes[2048];
    while (fgets(line, sizeof line, stdin) != NULL) {
        uint8_t ignored[CAPFW_FRAME_MAX];
        size_t length = 0;
        capfw_boot(&fw, &hal, &board);
        fw.out_length = 0; /* without its first words */
        (void)capfw_tx_pop(&fw.queue, ignored);
        for (length = 0; digit(line[2 * length]) >= 0 && digit(line[2 * length + 1]) >= 0; length++) {
            bytes[length] = (uint8_t)(digit(line[2 * length]) << 4 | digit(line[2 * length + 1]));
        }
        input = bytes;
        input_length = length;
        while (input_length > 0) {
            capfw_poll(&fw);
        }
        printf("\n");
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "board") == 0) {
        print_board_messages();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "answers") == 0) {
        print_answers();
        return 0;
    }
    fprintf(stderr, "frame-check: expected `board` or `answers`\n");
    return 2;
}
