#include "guard.hpp"

#include <algorithm>
#include <opencv2/calib3d.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace {
constexpr int widest = 1280; // larger pictures are halved and halved again: the time goes with the area, and a tenth of a pixel is left

struct features {
    std::vector<cv::KeyPoint> points;
    cv::Mat descriptors;
    double scale;
};

features features_of(const cv::Mat &gray, int most) {
    features found;
    cv::Mat small = gray;
    found.scale = 1;
    while (small.cols > widest) {
        cv::Mat half;
        cv::resize(small, half, cv::Size(small.cols / 2, small.rows / 2), 0, 0, cv::INTER_AREA);
        small = half;
        found.scale = gray.cols / (double)small.cols;
    }
    cv::SIFT::create(most)->detectAndCompute(small, cv::noArray(), found.points, found.descriptors);
    return found;
}

// Of each row of `a` the nearest row of `b`, where the second nearest is farther by the ratio; −1 elsewhere.
std::vector<int> nearest(const cv::Mat &a, const cv::Mat &b, float ratio) {
    std::vector<std::vector<cv::DMatch>> two;
    cv::BFMatcher(cv::NORM_L2).knnMatch(a, b, two, 2);
    std::vector<int> index((size_t)a.rows, -1);
    for (const auto &m : two) {
        if (m.size() == 2 && m[0].distance < ratio * m[1].distance) index[(size_t)m[0].queryIdx] = m[0].trainIdx;
    }
    return index;
}
}

int vision_matches(const vision_image *a, const vision_image *b, int most, float ratio, int capacity, float *uvuv, int *count) {
    return guarded([&] {
        if (!a || !b || !uvuv || !count || most < 1 || most > 20000 || ratio <= 0 || ratio > 1 || capacity < 0) return (int)VISION_BAD_ASK;
        *count = 0;
        features fa = features_of(a->gray, most), fb = features_of(b->gray, most);
        if (fa.points.size() < 2 || fb.points.size() < 2) return (int)VISION_NOTHING;
        std::vector<int> forth = nearest(fa.descriptors, fb.descriptors, ratio), back = nearest(fb.descriptors, fa.descriptors, ratio);
        for (size_t i = 0; i < forth.size() && *count < capacity; i++) {
            if (forth[i] < 0 || back[(size_t)forth[i]] != (int)i) continue;
            const cv::Point2f &p = fa.points[i].pt, &q = fb.points[(size_t)forth[i]].pt;
            float *at = uvuv + 4 * *count;
            // Pixel (0, 0) is a centre: a picture of half the size has its own at (0.5, 0.5) of the whole.
            at[0] = (float)((p.x + 0.5) * fa.scale - 0.5);
            at[1] = (float)((p.y + 0.5) * fa.scale - 0.5);
            at[2] = (float)((q.x + 0.5) * fb.scale - 0.5);
            at[3] = (float)((q.y + 0.5) * fb.scale - 0.5);
            ++*count;
        }
        return (int)(*count == 0 ? VISION_NOTHING : VISION_OK);
    });
}

int vision_one_motion(const double *xyxy, int count, double threshold, uint8_t *inside, int *agreeing) {
    return guarded([&] {
        if (!xyxy || !inside || !agreeing || count < 0 || count > 1000000 || !(threshold > 0)) return (int)VISION_BAD_ASK;
        *agreeing = 0;
        std::fill(inside, inside + count, (uint8_t)0);
        if (count < 8) return (int)VISION_NOTHING;
        std::vector<cv::Point2d> a, b;
        for (int i = 0; i < count; i++) {
            a.emplace_back(xyxy[4 * i], xyxy[4 * i + 1]);
            b.emplace_back(xyxy[4 * i + 2], xyxy[4 * i + 3]);
        }
        cv::Mat mask;
        cv::theRNG().state = 1; // the same pictures give the same answer
        cv::Mat essential = cv::findEssentialMat(a, b, cv::Mat::eye(3, 3, CV_64F), cv::RANSAC, 0.999, threshold, mask);
        if (essential.empty() || mask.total() != (size_t)count) return (int)VISION_NOTHING;
        for (int i = 0; i < count; i++) {
            inside[i] = mask.at<uint8_t>(i) != 0;
            *agreeing += inside[i];
        }
        return (int)VISION_OK;
    });
}
