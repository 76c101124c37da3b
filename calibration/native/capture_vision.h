/* A small C ABI over OpenCV and libapriltag: pictures in, corners, tags and common points out.
 *
 * Every function returns one of the codes below and lets no exception out. Pixel (0, 0) is the centre of the top-left pixel.
 * An image is one channel of 8 bits. Handles are not shared between threads while a call runs. */
#ifndef CAPTURE_VISION_H
#define CAPTURE_VISION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VISION_API __attribute__((visibility("default")))

enum {
    VISION_OK = 0,
    VISION_NOTHING = 1,   /* the call worked, and what was looked for is not there */
    VISION_BAD_IMAGE = 2, /* the bytes are no picture that OpenCV can decode, or a side is 0 or above 32768 */
    VISION_BAD_ASK = 3,   /* an argument is out of range, or a name is not known */
    VISION_TOO_SMALL = 4, /* the caller's room is too small; *count says what is needed */
    VISION_FAILED = 5,    /* an error inside OpenCV or libapriltag: vision_error says which */
};

typedef struct vision_image vision_image;

/* What went wrong in the last call on this thread; "" when nothing did. */
VISION_API const char *vision_error(void);

/* JPEG, PNG, TIFF, BMP, PGM …, colour turned to gray. The orientation that a JPEG asks for is not applied: a calibration speaks of the pixels as they lie. */
VISION_API int vision_image_decode(const uint8_t *bytes, size_t length, vision_image **image, int *width, int *height);
/* Copies width × height bytes, rows `stride` apart. */
VISION_API int vision_image_from_gray(const uint8_t *pixels, int width, int height, int stride, vision_image **image);
VISION_API void vision_image_free(vision_image *image);
/* width × height bytes without gaps, owned by the image. */
VISION_API const uint8_t *vision_image_pixels(const vision_image *image);
/* Scaled down to at most max_width. */
VISION_API int vision_image_jpeg(const vision_image *image, int max_width, int quality, uint8_t *bytes, size_t capacity, size_t *length);

/* Inner corners of a chessboard, row after row, u then v; room for columns × rows × 2.
 * detector 0: findChessboardCorners (then refine with vision_refine); 1: findChessboardCornersSB, already at subpixel. */
VISION_API int vision_chessboard(const vision_image *image, int columns, int rows, int detector, float *uv);
/* How many inner corners the largest chessboard in the picture has. */
VISION_API int vision_chessboard_size(const vision_image *image, int *columns, int *rows);
/* cornerSubPix on count points in place; a point that moves more than half_window stays where it was. */
VISION_API int vision_refine(const vision_image *image, int half_window, float *uv, int count);

/* ArUco markers. dictionary: OpenCV's name without DICT_, lower or upper case ("4x4_50", "aruco_original", "apriltag_36h11").
 * Per marker an id and 4 corners, clockwise from its own top left, u then v. */
VISION_API int vision_markers(const vision_image *image, const char *dictionary, int capacity, int *ids, float *corners, int *count);
/* The bits of a marker: side × side bytes, row after row, 0 black or 1 white, the border of one bit included. */
VISION_API int vision_marker_bits(const char *dictionary, int id, int capacity, uint8_t *bits, int *side);

/* AprilTags by libapriltag. family: "16h5", "25h9", "36h10", "36h11", "Standard41h12", "Standard52h13", "Circle21h7", "Circle49h12", "Custom48h12".
 * border_bits: 1 as the authors print them, 2 as Kalibr prints them (36h11, 25h9 and 16h5 only).
 * Corners as for markers; margin: the decision margin, large is sure. */
VISION_API int vision_apriltags(const vision_image *image, const char *family, int border_bits, int capacity, int *ids, float *corners, float *margins, int *count);
/* The bits of a tag, as vision_marker_bits, with the border of one bit; families with a black border outside only. */
VISION_API int vision_apriltag_bits(const char *family, int id, int capacity, uint8_t *bits, int *side);

/* Points that two pictures have in common: SIFT, at most `most` a picture, kept where the second best fits worse by `ratio` and where it holds in both directions.
 * Per pair u, v in a, then u, v in b; at most `capacity` pairs. */
VISION_API int vision_matches(const vision_image *a, const vision_image *b, int most, float ratio, int capacity, float *uvuv, int *count);
/* Which pairs one motion of a camera explains: an essential matrix by RANSAC. x y of a and x y of b at distance 1 (ideal pinhole); threshold in the same unit. */
VISION_API int vision_one_motion(const double *xyxy, int count, double threshold, uint8_t *inside, int *agreeing);

#ifdef __cplusplus
}
#endif
#endif
