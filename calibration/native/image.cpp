#include "guard.hpp"

#include <cstring>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace {
constexpr int largest_side = 32768;
}

std::string &last_error() {
    thread_local std::string words;
    return words;
}

const char *vision_error(void) { return last_error().c_str(); }

int vision_image_decode(const uint8_t *bytes, size_t length, vision_image **image, int *width, int *height) {
    return guarded([&] {
        if (!bytes || !image || !width || !height || length == 0 || length > INT32_MAX) return (int)VISION_BAD_IMAGE;
        cv::Mat raw(1, (int)length, CV_8UC1, const_cast<uint8_t *>(bytes));
        auto made = std::make_unique<vision_image>();
        try {
            made->gray = cv::imdecode(raw, cv::IMREAD_GRAYSCALE | cv::IMREAD_IGNORE_ORIENTATION);
        } catch (const cv::Exception &e) {
            last_error() = e.what();
            return (int)VISION_BAD_IMAGE;
        }
        if (made->gray.empty() || made->gray.cols > largest_side || made->gray.rows > largest_side) return (int)VISION_BAD_IMAGE;
        *width = made->gray.cols;
        *height = made->gray.rows;
        *image = made.release();
        return (int)VISION_OK;
    });
}

int vision_image_from_gray(const uint8_t *pixels, int width, int height, int stride, vision_image **image) {
    return guarded([&] {
        if (!pixels || !image || width <= 0 || height <= 0 || width > largest_side || height > largest_side || stride < width) return (int)VISION_BAD_ASK;
        auto made = std::make_unique<vision_image>();
        made->gray = cv::Mat(height, width, CV_8UC1, const_cast<uint8_t *>(pixels), (size_t)stride).clone();
        *image = made.release();
        return (int)VISION_OK;
    });
}

void vision_image_free(vision_image *image) { delete image; }

const uint8_t *vision_image_pixels(const vision_image *image) { return image->gray.data; }

int vision_image_jpeg(const vision_image *image, int max_width, int quality, uint8_t *bytes, size_t capacity, size_t *length) {
    return guarded([&] {
        if (!image || !bytes || !length || max_width < 16) return (int)VISION_BAD_ASK;
        cv::Mat small = image->gray;
        if (small.cols > max_width) {
            cv::resize(image->gray, small, cv::Size(), (double)max_width / image->gray.cols, (double)max_width / image->gray.cols, cv::INTER_AREA);
        }
        std::vector<uint8_t> encoded;
        if (!cv::imencode(".jpg", small, encoded, {cv::IMWRITE_JPEG_QUALITY, quality})) return (int)VISION_FAILED;
        *length = encoded.size();
        if (encoded.size() > capacity) return (int)VISION_TOO_SMALL;
        std::memcpy(bytes, encoded.data(), encoded.size());
        return (int)VISION_OK;
    });
}
