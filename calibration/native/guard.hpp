#pragma once
#include "capture_vision.h"

#include <opencv2/core.hpp>
#include <string>

struct vision_image {
    cv::Mat gray;
};

// The words of the last failure on this thread.
std::string &last_error();

// Runs `body` and turns whatever it throws into a code: no exception crosses the border.
template <typename Body> int guarded(Body body) noexcept {
    try {
        last_error().clear();
        return body();
    } catch (const std::exception &e) {
        try {
            last_error() = e.what();
        } catch (...) {
            // No memory for the words: the code alone must do.
        }
        return VISION_FAILED;
    } catch (...) {
        return VISION_FAILED;
    }
}
