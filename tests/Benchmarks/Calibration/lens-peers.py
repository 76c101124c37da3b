"""OpenCV and mrcal on the pictures of a folder (view*.jpg of a chessboard of 9 x 6 corners, 25 mm): seconds and focal length of each, as JSON on standard output. What is not installed is left out."""
import glob
import json
import os
import sys
import time

answer = {}
try:
    import cv2
    import numpy as np
except ImportError:
    print(json.dumps(answer))
    sys.exit()

COLUMNS, ROWS, SQUARE = 9, 6, 0.025
board = np.array([[x * SQUARE, y * SQUARE, 0] for y in range(ROWS) for x in range(COLUMNS)], dtype=np.float32)
start = time.perf_counter()
seen = []
for name in sorted(glob.glob(os.path.join(sys.argv[1], "view*.jpg"))):
    image = cv2.imread(name, cv2.IMREAD_GRAYSCALE)
    found, corners = cv2.findChessboardCorners(image, (COLUMNS, ROWS))
    if found:
        seen.append(cv2.cornerSubPix(image, corners, (5, 5), (-1, -1), (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 60, 1e-4)))
size = image.shape[::-1]
corners_took = time.perf_counter() - start
_, k, d, turns, places = cv2.calibrateCamera([board] * len(seen), seen, size, None, None)
answer["opencv"] = {"seconds": time.perf_counter() - start, "fx": k[0, 0]}

try:
    import mrcal
except ImportError:
    print(json.dumps(answer))
    sys.exit()

start = time.perf_counter()
observations = np.ones((len(seen), ROWS, COLUMNS, 3))
for i, corners in enumerate(seen):
    observations[i, :, :, :2] = corners.reshape(ROWS, COLUMNS, 2)
inputs = dict(
    intrinsics=np.array([[k[0, 0], k[1, 1], k[0, 2], k[1, 2], *d.ravel()[:5]]]), extrinsics_rt_fromref=np.zeros((0, 6)),
    frames_rt_toref=np.array([np.concatenate([r.ravel(), t.ravel()]) for r, t in zip(turns, places)]), points=None,
    observations_point=None, indices_point_camintrinsics_camextrinsics=None, observations_board=observations,
    indices_frame_camintrinsics_camextrinsics=np.array([[i, 0, -1] for i in range(len(seen))], dtype=np.int32), lensmodel="LENSMODEL_OPENCV5",
    imagersizes=np.array([size], dtype=np.int32), calibration_object_spacing=SQUARE, calobject_warp=None, do_optimize_intrinsics_core=True,
    do_optimize_intrinsics_distortions=True, do_optimize_extrinsics=True, do_optimize_frames=True, do_optimize_calobject_warp=False, do_apply_regularization=False,
    do_apply_outlier_rejection=True, verbose=False)
mrcal.optimize(**inputs)
model = mrcal.cameramodel(optimization_inputs=inputs, icam_intrinsics=0)
rays, _ = mrcal.sample_imager_unproject(30, None, *size, *model.intrinsics())
mrcal.projection_uncertainty(rays, model, atinfinity=True, what="worstdirection-stdev")
answer["mrcal"] = {"seconds": corners_took + time.perf_counter() - start, "fx": float(model.intrinsics()[1][0])}
print(json.dumps(answer))
