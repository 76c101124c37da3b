using System.Globalization;
using Calibration.Detection;
using Calibration.Intrinsics;
using Calibration.Results;
using Calibration.Solving;
using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Rigs;

/// <summary>The adjustment of a rig: built from single cameras, solved robustly, cleaned, and solved exactly.</summary>
internal sealed class RigProblem
{
    private const int FewestMovingMoments = 20;

    private readonly Bundle _bundle;
    private readonly PlaceSighting[] _sightings;
    private readonly (int Target, double Time)[] _keys;
    private readonly bool _moving;
    private readonly HashSet<PlaceSighting> _spoiled = [];

    private RigProblem(Bundle bundle, PlaceSighting[] sightings, (int Target, double Time)[] keys, bool moving)
    {
        (_bundle, _sightings, _keys, _moving) = (bundle, sightings, keys, moving);
    }

    public RigSolution? Solution { get; private set; }

    /// <summary>Moments that two cameras or more saw.</summary>
    public int CommonMoments => _sightings.Where(s => !_spoiled.Contains(s)).GroupBy(s => s.Moment).Count(g => g.Select(s => s.Camera).Distinct().Count() > 1);

    public static RigProblem Build(
        CameraFit[] fits,
        IReadOnlyList<IReadOnlyList<ImageSource>> sources,
        IReadOnlyList<Moment> moments,
        List<PlaceSighting> sightings,
        Pose[] rigFromCamera,
        long[] lags,
        bool stamped,
        Pose[]? arrangement)
    {
        var groups = sightings.GroupBy(s => (s.Moment, s.Group)).OrderBy(g => g.Key.Group).ThenBy(g => g.Key.Moment).ToArray();
        var places = new Pose[groups.Length];
        var keys = new (int Target, double Time)[groups.Length];
        var ordered = new List<PlaceSighting>();
        var bundled = new List<Sighting>();
        long origin = moments.Select(m => m.StampNs).OfType<long>().DefaultIfEmpty(0).First();
        for (int k = 0; k < groups.Length; k++)
        {
            Moment moment = moments[groups[k].Key.Moment];
            double time = moment.StampNs is { } ns ? (ns - origin) / 1e9 : groups[k].Key.Moment;
            keys[k] = (groups[k].Key.Group, time);
            PlaceSighting[] here = [.. groups[k].OrderBy(s => s.Camera)];
            Pose? near = k > 0 && stamped && keys[k - 1].Target == keys[k].Target && time - keys[k - 1].Time < 0.5 ? places[k - 1] : null;
            foreach (PlaceSighting s in here)
            {
                // Numbered as the place before it, or as the first camera that saw this place.
                Number(s, rigFromCamera[s.Camera], near ?? (s == here[0] ? null : places[k]));
                places[k] = s == here[0] ? rigFromCamera[s.Camera] * s.PlacePose(Pose.Identity) : places[k];
                near = places[k];
                bundled.Add(ToBundle(s, k, moment.StampNs is { } at ? (sources[s.Camera][s.View.ImageIndex].StampNs!.Value - at) / 1e9 : 0));
                ordered.Add(s);
            }
        }

        var bundle = new Bundle
        {
            Cameras = [.. fits.Select((f, c) => new BundleCamera(f.Fit.Lens, [.. f.Fit.Intrinsics]) { FromRig = rigFromCamera[c].Inverse(), LagSeconds = lags[c] / 1e9 })],
            Places = places,
            Boards = arrangement,
            Sightings = [.. bundled],
        };
        bool moving = stamped && groups.Length >= FewestMovingMoments && sources.All(s => Moments.Interval(s) < 300_000_000);
        return new(bundle, [.. ordered], keys, moving);
    }

    public void SolveRobustly()
    {
        _bundle.VaryLenses = false;
        BundleSolver.Solve(_bundle, 5, 30);
        UpdateMotions();
        _bundle.VaryLenses = true;
        BundleSolver.Solve(_bundle, 1, 40);
        UpdateMotions();
        BundleSolver.Solve(_bundle, 1, 20);
    }

    /// <summary>Takes sightings out that do not fit the rest; each is named.</summary>
    public void DropSpoiled(IReadOnlyList<string> names, List<Finding> findings)
    {
        double[] rms = OutlierSearch.RmsOf(_bundle);
        foreach (int k in OutlierSearch.Spoiled(rms))
        {
            Array.Fill(_bundle.Sightings[k].Use, false);
            PlaceSighting s = _sightings[k];
            _spoiled.Add(s);
            findings.Add(new(Finding.Warning, "spoiled-view", s.View.Image.Source.Name, string.Create(
                CultureInfo.InvariantCulture,
                $"Fits camera {names[s.Camera]} alone, but is {rms[k]:0.0} px off in the rig: left out. The board moved between the cameras' exposures, or the pictures are paired wrongly.")));
        }

        int[] counts = [.. names.Select((_, c) => _sightings.Count(s => s.Camera == c)), _sightings.Length];
        if (_spoiled.Count * 2 > counts[^1])
        {
            findings.Add(new(Finding.Error, "rig-disagrees", "rig", "More than half of the views disagree with one rigid rig: the pictures are paired wrongly, or the cameras moved against each other."));
        }

        OutlierSearch.DropWildCorners(_bundle);
    }

    public void SolveExactly(double significantLag, List<Finding> findings, IReadOnlyList<string> names)
    {
        Bundle clean = Compact();
        if (_moving)
        {
            Bundle lagged = clean.Copy();
            lagged.VaryLags = true;
            for (int round = 0; round < 4; round++)
            {
                lagged.Motions = PlaceMotions.Of(lagged.Places, CompactKeys());
                BundleSolver.Solve(lagged, null, 25);
            }

            RigSolution solution = RigSolution.Of(lagged);
            Solution = solution;
            for (int c = 1; c < names.Count; c++)
            {
                if (solution.Lag(c) is { } lag && Math.Abs(lag.Seconds) > significantLag * lag.Sigma && Math.Abs(lag.Seconds) > 0.5e-3)
                {
                    findings.Add(new(Finding.Warning, "camera-lag", names[c], string.Create(
                        CultureInfo.InvariantCulture, $"Stamps {Math.Abs(lag.Seconds) * 1e3:0.00} ms {(lag.Seconds > 0 ? "later" : "earlier")} than {names[0]} (± {lag.Sigma * 1e3:0.00} ms): taken into account here; synchronise the cameras, or declare it as their latency.")));
                }
            }

            return;
        }

        BundleSolver.Solve(clean, null, 60);
        Solution = RigSolution.Of(clean);
    }

    public IEnumerable<ViewResult> Views(int camera, string name, CameraFit fit)
    {
        Bundle bundle = Solution!.Bundle;
        var byView = new Dictionary<CameraView, (PlaceSighting Place, int Index)>();
        int index = 0;
        foreach (PlaceSighting s in _sightings)
        {
            bool spoiled = _spoiled.Contains(s);
            if (s.Camera == camera)
            {
                byView[s.View] = (s, spoiled ? -1 : index);
            }

            index += spoiled ? 0 : 1;
        }

        foreach (ViewResult single in fit.ToViews(name).Zip(fit.Views, (result, view) => byView.TryGetValue(view, out var at) ? Place(result, view, at.Place, at.Index, bundle, camera) : result))
        {
            yield return single;
        }
    }

    private static ViewResult Place(ViewResult single, CameraView view, PlaceSighting place, int index, Bundle bundle, int camera)
    {
        if (index < 0)
        {
            return single with { State = ViewScreening.Outlier };
        }

        Sighting s = bundle.Sightings[index];
        double[] r = new double[2 * s.Points.Length];
        bundle.Residuals(s, r);
        int[] number = view.Target.Renumberings[place.Renumbering];
        Pose pose = bundle.Cameras[camera].FromRig * bundle.PlaceAt(s) * bundle.BoardOf(s);
        Rotation q = pose.Rotation.Canonical();
        return single with
        {
            Corners = [.. view.Corners.Select((c, i) => new[] { number[c.Id], c.U, c.V, double.IsFinite(r[2 * i]) ? r[2 * i] : 0, double.IsFinite(r[(2 * i) + 1]) ? r[(2 * i) + 1] : 0 })],
            Rejected = [.. view.Corners.Where((_, i) => !s.Use[i]).Select(c => number[c.Id])],
            RmsPixels = OutlierSearch.RmsOf(bundle, s),
            BoardPose = [pose.Translation.X, pose.Translation.Y, pose.Translation.Z, q.X, q.Y, q.Z, q.W],
        };
    }

    private static void Number(PlaceSighting s, Pose rigFromCamera, Pose? wanted)
    {
        if (wanted is not { } place)
        {
            return;
        }

        Pose[] turns = BoardTurns.Of(s.View.Target);
        int best = Enumerable.Range(0, turns.Length).MinBy(r => RigStart.Apart(place, rigFromCamera * s.PlacePose(turns[r]), Math.Max(0.01, s.Pose.Translation.Length)));
        s.Renumbering = best;
        s.Pose *= turns[best];
    }

    private static Sighting ToBundle(PlaceSighting s, int place, double after)
    {
        int[] number = s.View.Target.Renumberings[s.Renumbering];
        var sighting = new Sighting(s.Camera, place, [.. s.View.Corners.Select(c => s.View.Target.Points[number[c.Id]])], [.. s.View.Corners.SelectMany(c => new[] { c.U, c.V })]) { SecondsAfterPlace = after, Board = s.Target };
        s.View.Use.CopyTo(sighting.Use, 0);
        return sighting;
    }

    private void UpdateMotions()
    {
        if (_moving)
        {
            _bundle.Motions = PlaceMotions.Of(_bundle.Places, _keys);
            _bundle.VaryLags = true;
        }
    }

    // Without spoiled sightings, and without places that nobody sees any more.
    private Bundle Compact()
    {
        Sighting[] kept = [.. _bundle.Sightings.Where((_, k) => !_spoiled.Contains(_sightings[k]))];
        int[] places = [.. kept.Select(s => s.Place).Distinct().Order()];
        var index = places.Select((p, i) => (p, i)).ToDictionary(x => x.p, x => x.i);
        return new Bundle
        {
            Cameras = _bundle.Cameras,
            Places = [.. places.Select(p => _bundle.Places[p])],
            Boards = _bundle.Boards,
            Motions = _bundle.Motions is null ? null : [.. places.Select(p => _bundle.Motions[p])],
            Sightings = [.. kept.Select(s =>
            {
                var copy = new Sighting(s.Camera, index[s.Place], s.Points, s.Uv) { SecondsAfterPlace = s.SecondsAfterPlace, Board = s.Board };
                s.Use.CopyTo(copy.Use, 0);
                return copy;
            })],
        };
    }

    private (int Target, double Time)[] CompactKeys()
    {
        int[] places = [.. _bundle.Sightings.Where((_, k) => !_spoiled.Contains(_sightings[k])).Select(s => s.Place).Distinct().Order()];
        return [.. places.Select(p => _keys[p])];
    }
}

/// <summary>A solved rig and its covariance.</summary>
internal sealed class RigSolution
{
    private readonly Matrix<double>? _covariance;

    private RigSolution(Bundle bundle, Matrix<double>? covariance, double sigma, double rms)
    {
        (Bundle, _covariance, CornerSigma, Rms) = (bundle, covariance, sigma, rms);
    }

    public Bundle Bundle { get; }

    public double CornerSigma { get; }

    public double Rms { get; }

    public static RigSolution Of(Bundle bundle)
    {
        BundleNormal normal = BundleNormal.Of(bundle, null);
        int freedom = (2 * bundle.UsedCorners) - bundle.Globals - (6 * bundle.Places.Length);
        double sigma = freedom > 0 ? Math.Sqrt(normal.Cost / freedom) : double.NaN;
        return new(bundle, freedom > 0 ? normal.GlobalCovariance()?.Multiply(sigma * sigma) : null, sigma, Math.Sqrt(normal.Cost / Math.Max(1, bundle.UsedCorners)));
    }

    /// <summary>T_rig_camera and its covariance.</summary>
    public (Pose Pose, Matrix<double>? Covariance) RigFromCamera(int camera)
    {
        Pose fromRig = Bundle.Cameras[camera].FromRig;
        Pose pose = fromRig.Inverse();
        if (_covariance is null)
        {
            return (pose, null);
        }

        // T = (R, t) moved by (δt, δθ) has the inverse (Rᵀ, −Rᵀt) moved by (−Rᵀδt − Rᵀ[t]× δθ, −Rᵀδθ).
        Matrix3d back = fromRig.Rotation.Inverse().ToMatrix();
        Matrix3d byTurn = back * Matrix3d.Skew(fromRig.Translation) * -1;
        Matrix<double> jacobian = Matrix<double>.Build.Dense(6, 6);
        double[] r = back.ToRows(), b = byTurn.ToRows();
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                jacobian[i, j] = -r[(3 * i) + j];
                jacobian[i, 3 + j] = b[(3 * i) + j];
                jacobian[3 + i, 3 + j] = -r[(3 * i) + j];
            }
        }

        int at = Bundle.PoseOffset(camera);
        return (pose, jacobian * _covariance.SubMatrix(at, 6, at, 6) * jacobian.Transpose());
    }

    /// <summary>Of T_board0_board: 36 numbers; null where they are not determined.</summary>
    public double[]? BoardCovariance(int board)
    {
        int at = Bundle.BoardOffset(board);
        return _covariance is null || at < 0 ? null : [.. Enumerable.Range(0, 36).Select(i => _covariance[at + (i / 6), at + (i % 6)])];
    }

    /// <summary>Null where lags were no unknowns.</summary>
    public (double Seconds, double Sigma)? Lag(int camera) =>
        Bundle.LagOffset(camera) is >= 0 and int at && _covariance is not null ? (Bundle.Cameras[camera].LagSeconds, Math.Sqrt(_covariance[at, at])) : null;

    public CameraResult Camera(int camera, string name, CameraFit fit)
    {
        BundleCamera c = Bundle.Cameras[camera];
        int at = Bundle.LensOffset(camera), n = c.Lens.Count;
        double sum = 0;
        int corners = 0;
        foreach (Sighting s in Bundle.Sightings.Where(s => s.Camera == camera))
        {
            double rms = OutlierSearch.RmsOf(Bundle, s);
            int used = s.Use.Count(u => u);
            (sum, corners) = (sum + (used > 0 ? rms * rms * used : 0), corners + used);
        }

        return fit.ToResult(name) with
        {
            Parameters = [.. c.Intrinsics],
            Covariance = _covariance is null ? null : [.. Enumerable.Range(0, n * n).Select(i => _covariance[at + (i / n), at + (i % n)])],
            RmsPixels = corners > 0 ? Math.Sqrt(sum / corners) : null,
            CornerSigmaPixels = CornerSigma,
        };
    }
}
