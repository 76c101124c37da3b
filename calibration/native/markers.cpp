#include "guard.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <opencv2/aruco.hpp>
#include <vector>

namespace {
const std::map<std::string, int> dictionaries = {
    {"4X4_50", cv::aruco::DICT_4X4_50}, {"4X4_100", cv::aruco::DICT_4X4_100}, {"4X4_250", cv::aruco::DICT_4X4_250}, {"4X4_1000", cv::aruco::DICT_4X4_1000},
    {"5X5_50", cv::aruco::DICT_5X5_50}, {"5X5_100", cv::aruco::DICT_5X5_100}, {"5X5_250", cv::aruco::DICT_5X5_250}, {"5X5_1000", cv::aruco::DICT_5X5_1000},
    {"6X6_50", cv::aruco::DICT_6X6_50}, {"6X6_100", cv::aruco::DICT_6X6_100}, {"6X6_250", cv::aruco::DICT_6X6_250}, {"6X6_1000", cv::aruco::DICT_6X6_1000},
    {"7X7_50", cv::aruco::DICT_7X7_50}, {"7X7_100", cv::aruco::DICT_7X7_100}, {"7X7_250", cv::aruco::DICT_7X7_250}, {"7X7_1000", cv::aruco::DICT_7X7_1000},
    {"ARUCO_ORIGINAL", cv::aruco::DICT_ARUCO_ORIGINAL},
    {"APRILTAG_16H5", cv::aruco::DICT_APRILTAG_16h5}, {"APRILTAG_25H9", cv::aruco::DICT_APRILTAG_25h9},
    {"APRILTAG_36H10", cv::aruco::DICT_APRILTAG_36h10}, {"APRILTAG_36H11", cv::aruco::DICT_APRILTAG_36h11},
};

cv::Ptr<cv::aruco::Dictionary> dictionary_named(const char *name) {
    std::string key = name ? name : "";
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return (char)std::toupper(c); });
    if (key.rfind("DICT_", 0) == 0) key = key.substr(5);
    auto found = dictionaries.find(key);
    return found == dictionaries.end() ? nullptr : cv::aruco::getPredefinedDictionary(found->second);
}
}

int vision_markers(const vision_image *image, const char *dictionary, int capacity, int *ids, float *corners, int *count) {
    return guarded([&] {
        if (!image || !count || capacity < 0 || (capacity > 0 && (!ids || !corners))) return (int)VISION_BAD_ASK;
        auto words = dictionary_named(dictionary);
        if (!words) return (int)VISION_BAD_ASK;
        auto parameters = cv::aruco::DetectorParameters::create();
        // Small markers in large pictures: the default floor of 3 % of the larger side loses them.
        parameters->minMarkerPerimeterRate = 0.01;
        parameters->adaptiveThreshWinSizeMax = 43;
        std::vector<std::vector<cv::Point2f>> quads;
        std::vector<int> found;
        cv::aruco::detectMarkers(image->gray, words, quads, found, parameters);
        *count = (int)found.size();
        if (*count > capacity) return (int)VISION_TOO_SMALL;
        for (size_t i = 0; i < found.size(); i++) {
            ids[i] = found[i];
            for (int k = 0; k < 4; k++) {
                corners[8 * i + 2 * k] = quads[i][k].x;
                corners[8 * i + 2 * k + 1] = quads[i][k].y;
            }
        }
        return (int)(found.empty() ? VISION_NOTHING : VISION_OK);
    });
}

int vision_marker_bits(const char *dictionary, int id, int capacity, uint8_t *bits, int *side) {
    return guarded([&] {
        auto words = dictionary_named(dictionary);
        if (!words || !bits || !side || id < 0 || id >= words->bytesList.rows) return (int)VISION_BAD_ASK;
        *side = words->markerSize + 2;
        if (capacity < *side * *side) return (int)VISION_TOO_SMALL;
        cv::Mat drawn;
        cv::aruco::drawMarker(words, id, *side, drawn, 1);
        for (int i = 0; i < *side * *side; i++) bits[i] = drawn.data[i] > 127;
        return (int)VISION_OK;
    });
}
