#include "guard.hpp"

#include <cmath>
#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

int vision_chessboard(const vision_image *image, int columns, int rows, int detector, float *uv) {
    return guarded([&] {
        if (!image || !uv || columns < 3 || rows < 3 || columns > 200 || rows > 200 || detector < 0 || detector > 1) return (int)VISION_BAD_ASK;
        std::vector<cv::Point2f> corners;
        cv::Size size(columns, rows);
        bool found = detector == 0
            ? cv::findChessboardCorners(image->gray, size, corners, cv::CALIB_CB_ADAPTIVE_THRESH | cv::CALIB_CB_NORMALIZE_IMAGE | cv::CALIB_CB_FAST_CHECK)
            : cv::findChessboardCornersSB(image->gray, size, corners, cv::CALIB_CB_NORMALIZE_IMAGE | cv::CALIB_CB_ACCURACY);
        if (!found || (int)corners.size() != columns * rows) return (int)VISION_NOTHING;
        for (size_t i = 0; i < corners.size(); i++) {
            uv[2 * i] = corners[i].x;
            uv[2 * i + 1] = corners[i].y;
        }
        return (int)VISION_OK;
    });
}

int vision_chessboard_size(const vision_image *image, int *columns, int *rows) {
    return guarded([&] {
        if (!image || !columns || !rows) return (int)VISION_BAD_ASK;
        std::vector<cv::Point2f> corners;
        cv::Mat meta;
        bool found = cv::findChessboardCornersSB(image->gray, cv::Size(3, 3), corners, cv::CALIB_CB_NORMALIZE_IMAGE | cv::CALIB_CB_LARGER, meta);
        if (!found || meta.empty()) return (int)VISION_NOTHING;
        *columns = meta.cols;
        *rows = meta.rows;
        return (int)VISION_OK;
    });
}

int vision_refine(const vision_image *image, int half_window, float *uv, int count) {
    return guarded([&] {
        if (!image || !uv || half_window < 1 || half_window > 200 || count < 0) return (int)VISION_BAD_ASK;
        // A point whose window leaves the picture keeps its place: cornerSubPix would refuse the whole call for one that is outside.
        std::vector<cv::Point2f> inside;
        std::vector<int> index;
        for (int i = 0; i < count; i++) {
            float u = uv[2 * i], v = uv[2 * i + 1];
            if (u >= half_window && v >= half_window && u <= image->gray.cols - 1 - half_window && v <= image->gray.rows - 1 - half_window) {
                inside.emplace_back(u, v);
                index.push_back(i);
            }
        }
        if (inside.empty()) return (int)VISION_OK;
        cv::cornerSubPix(image->gray, inside, cv::Size(half_window, half_window), cv::Size(-1, -1),
                         cv::TermCriteria(cv::TermCriteria::EPS | cv::TermCriteria::COUNT, 60, 1e-4));
        for (size_t k = 0; k < index.size(); k++) {
            float *at = uv + 2 * index[k];
            if (std::hypot(inside[k].x - at[0], inside[k].y - at[1]) <= half_window) {
                at[0] = inside[k].x;
                at[1] = inside[k].y;
            }
        }
        return (int)VISION_OK;
    });
}
