#include "guard.hpp"

#include <cstring>
#include <memory>
extern "C" {
#include <apriltag.h>
#include <tag16h5.h>
#include <tag25h9.h>
#include <tag36h10.h>
#include <tag36h11.h>
#include <tagCircle21h7.h>
#include <tagCircle49h12.h>
#include <tagCustom48h12.h>
#include <tagStandard41h12.h>
#include <tagStandard52h13.h>
}

namespace {
struct family_entry {
    const char *name;
    apriltag_family_t *(*create)();
    void (*destroy)(apriltag_family_t *);
    bool plain; // data inside one black border, so that a wider border can be asked for
};

const family_entry families[] = {
    {"16h5", tag16h5_create, tag16h5_destroy, true},
    {"25h9", tag25h9_create, tag25h9_destroy, true},
    {"36h10", tag36h10_create, tag36h10_destroy, true},
    {"36h11", tag36h11_create, tag36h11_destroy, true},
    {"Standard41h12", tagStandard41h12_create, tagStandard41h12_destroy, false},
    {"Standard52h13", tagStandard52h13_create, tagStandard52h13_destroy, false},
    {"Circle21h7", tagCircle21h7_create, tagCircle21h7_destroy, false},
    {"Circle49h12", tagCircle49h12_create, tagCircle49h12_destroy, false},
    {"Custom48h12", tagCustom48h12_create, tagCustom48h12_destroy, false},
};

const family_entry *family_named(const char *name) {
    for (const family_entry &entry : families) {
        if (name && strcasecmp(entry.name, name) == 0) return &entry;
    }
    return nullptr;
}
}

int vision_apriltags(const vision_image *image, const char *family, int border_bits, int capacity, int *ids, float *corners, float *margins, int *count) {
    return guarded([&] {
        const family_entry *entry = family_named(family);
        if (!image || !count || !entry || border_bits < 1 || border_bits > 2 || (border_bits == 2 && !entry->plain) || capacity < 0 ||
            (capacity > 0 && (!ids || !corners || !margins)))
            return (int)VISION_BAD_ASK;
        std::unique_ptr<apriltag_family_t, void (*)(apriltag_family_t *)> tags(entry->create(), entry->destroy);
        if (border_bits == 2) {
            // Kalibr prints one more ring of black: the data sit one bit further in.
            tags->width_at_border += 2;
            tags->total_width += 2;
            for (uint32_t i = 0; i < tags->nbits; i++) {
                tags->bit_x[i] += 1;
                tags->bit_y[i] += 1;
            }
        }
        std::unique_ptr<apriltag_detector_t, void (*)(apriltag_detector_t *)> detector(apriltag_detector_create(), apriltag_detector_destroy);
        detector->quad_decimate = 1; // the default of 2 loses small tags
        detector->nthreads = 1;
        detector->refine_edges = 1;
        apriltag_detector_add_family_bits(detector.get(), tags.get(), 1);
        image_u8_t view = {image->gray.cols, image->gray.rows, (int)image->gray.step, image->gray.data};
        std::unique_ptr<zarray_t, void (*)(zarray_t *)> found(apriltag_detector_detect(detector.get(), &view), apriltag_detections_destroy);
        *count = zarray_size(found.get());
        if (*count > capacity) return (int)VISION_TOO_SMALL;
        for (int i = 0; i < *count; i++) {
            apriltag_detection_t *tag;
            zarray_get(found.get(), i, &tag);
            ids[i] = tag->id;
            margins[i] = tag->decision_margin;
            // libapriltag goes counter-clockwise from the bottom left, and its pixel (0, 0) is the corner of the first pixel.
            static const int clockwise[] = {3, 2, 1, 0};
            for (int k = 0; k < 4; k++) {
                corners[8 * i + 2 * k] = (float)(tag->p[clockwise[k]][0] - 0.5);
                corners[8 * i + 2 * k + 1] = (float)(tag->p[clockwise[k]][1] - 0.5);
            }
        }
        return (int)(*count == 0 ? VISION_NOTHING : VISION_OK);
    });
}

int vision_apriltag_bits(const char *family, int id, int capacity, uint8_t *bits, int *side) {
    return guarded([&] {
        const family_entry *entry = family_named(family);
        if (!entry || !entry->plain || !bits || !side) return (int)VISION_BAD_ASK;
        std::unique_ptr<apriltag_family_t, void (*)(apriltag_family_t *)> tags(entry->create(), entry->destroy);
        if (id < 0 || (uint32_t)id >= tags->ncodes) return (int)VISION_BAD_ASK;
        int width = tags->width_at_border;
        *side = width;
        if (capacity < width * width) return (int)VISION_TOO_SMALL;
        memset(bits, 0, (size_t)(width * width));
        for (uint32_t i = 0; i < tags->nbits; i++) {
            bool white = (tags->codes[id] >> (tags->nbits - 1 - i)) & 1;
            bits[tags->bit_y[i] * width + tags->bit_x[i]] = white;
        }
        return (int)VISION_OK;
    });
}
