"""Solves the same corners with OpenCV and mrcal; what each says goes to standard output as JSON.

Standard input: JSON with width, height, columns, rows, square (m), views (list of columns * rows pairs u, v), rays (list of x, y, z in the camera's frame to state the uncertainty at).
OpenCV is asked for k1 k2 p1 p2 k3; mrcal for the same model, without its board bend and its regularisation, so that all three minimise one sum.
"""
import json
import sys
import time

import numpy as np

asked = json.load(sys.stdin)
answer = {}
columns, rows, square = asked["columns"], asked["rows"], asked["square"]
size = (asked["width"], asked["height"])
views = [np.array(v, dtype=np.float64).reshape(-1, 2) for v in asked["views"]]
board = np.array([[x * square, y * square, 0] for y in range(rows) for x in range(columns)], dtype=np.float64)

try:
    import cv2
except ImportError:
    cv2 = None
if cv2:
    start = time.perf_counter()
    criteria = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 200, 1e-14)
    rms, k, d, rvecs, tvecs, sigma, _, _ = cv2.calibrateCameraExtended(
        [board.astype(np.float32)] * len(views), [v.astype(np.float32).reshape(-1, 1, 2) for v in views], size, None, None, criteria=criteria)
    answer["opencv"] = {
        "rms": rms, "parameters": [k[0, 0], k[1, 1], k[0, 2], k[1, 2], *d.ravel()[:5].tolist()],
        "sigma": sigma.ravel()[:9].tolist(), "seconds": time.perf_counter() - start, "version": cv2.__version__}

try:
    import mrcal
except ImportError:
    mrcal = None
if mrcal and cv2:
    frames = np.array([np.concatenate([r.ravel(), t.ravel()]) for r, t in zip(rvecs, tvecs)])
    observations = np.ones((len(views), rows, columns, 3))
    for i, v in enumerate(views):
        observations[i, :, :, :2] = v.reshape(rows, columns, 2)
    inputs = dict(
        intrinsics=np.array([answer["opencv"]["parameters"]]), extrinsics_rt_fromref=np.zeros((0, 6)), frames_rt_toref=frames, points=None,
        observations_point=None, indices_point_camintrinsics_camextrinsics=None,
        observations_board=observations, indices_frame_camintrinsics_camextrinsics=np.array([[i, 0, -1] for i in range(len(views))], dtype=np.int32),
        lensmodel="LENSMODEL_OPENCV5", imagersizes=np.array([size], dtype=np.int32), calibration_object_spacing=square, calobject_warp=None,
        do_optimize_intrinsics_core=True, do_optimize_intrinsics_distortions=True, do_optimize_extrinsics=True, do_optimize_frames=True,
        do_optimize_calobject_warp=False, do_apply_regularization=False, do_apply_outlier_rejection=False, verbose=False)
    start = time.perf_counter()
    stats = mrcal.optimize(**inputs)
    seconds = time.perf_counter() - start
    model = mrcal.cameramodel(optimization_inputs=inputs, icam_intrinsics=0)
    uncertainty = [float(mrcal.projection_uncertainty(ray, model, atinfinity=True, what="worstdirection-stdev", observed_pixel_uncertainty=1.0)) for ray in np.array(asked["rays"])]
    answer["mrcal"] = {
        "rms": float(stats["rms_reproj_error__pixels"]), "parameters": model.intrinsics()[1].tolist(), "uncertainty": uncertainty, "seconds": seconds}

json.dump(answer, sys.stdout)
