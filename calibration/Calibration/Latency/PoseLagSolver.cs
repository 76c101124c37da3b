using Calibration.HandEye.ClosedForms;
using Calibration.Solving;
using Calibration.Tables;
using Capture.Core.Geometry;

namespace Calibration.Latency;

/// <summary>The lag between two pose streams of one rigid body (or of two things that one rigid body connects: a robot's hand, and the target that it carries).</summary>
public static class PoseLagSolver
{
    private const double Robust = 4;
    private const double MedianOfThree = 1.5382;
    private const long ApartNs = 100_000_000;
    private const int TrialWindows = 250;

    // A peak lower than this share of the highest is no candidate.
    private const double RivalShare = 0.8;
    private const int Clusters = 30;

    // Mean of log(1 + misfit²) in units of a third of the usual motion: what noise leaves, and what a mended mistake must reach.
    private const double FitsWell = 0.1;
    private const double FarBetter = 0.3;
    private const double SamplerPull = 0.0015;
    private const long LeastStretchNs = 1_500_000_000;

    // Without motion of this size there is nothing to compare: rad, m over a window.
    private const double LeastTurn = 0.01;
    private const double LeastWay = 0.003;

    /// <exception cref="NoLagException">The streams cannot give a lag.</exception>
    public static LagEstimate Solve(PoseStream a, PoseStream b, LagOptions? options = null)
    {
        options ??= new LagOptions();
        (long offsetA, long offsetB, double overlapS) = CommonTime.Require(a.Name, a.TimesNs, b.Name, b.TimesNs, options);
        PoseStream shiftedA = a with { TimesNs = [.. a.TimesNs.Select(t => t - offsetA)] };
        PoseStream shiftedB = b with { TimesNs = [.. b.TimesNs.Select(t => t - offsetB)] };
        bool slowIsB = b.RateHz <= a.RateHz;
        PoseStream slow = slowIsB ? shiftedB : shiftedA;
        PoseStream fast = slowIsB ? shiftedA : shiftedB;
        Window[] windows = MotionWindows.Of(slow.TimesNs);
        (List<Peak> peaks, string signal) = PoseActivity.Peaks(slow, fast, windows, options.MostLagNs);
        RequireMotion(slow, windows);
        if (peaks.Count == 0 || peaks[0].Correlation < 0.2)
        {
            throw new NoLagException(
                $"{a.Name} and {b.Name} do not move alike at any lag within {options.MostLagNs / 1_000_000_000} s (best correlation {(peaks.Count > 0 ? peaks[0].Correlation : 0):0.00}). Are they the same motion? If the lag may be larger, say --max-lag; if the clocks start differently, --from-start.");
        }

        var sampler = new PoseSampler(fast);
        Fitted best = Best(slow, sampler, windows, peaks);
        Fitted final = Refine(slow, sampler, windows, best, options.EstimateRate);
        double[] covariance = Covariance(final) ?? throw new NoLagException($"The motion of {a.Name} and {b.Name} does not determine a lag: nothing changes speed or direction. Move back and forth, and turn.");
        (long? early, long? late) = Halves(slow, sampler, windows, final);
        string? mistake = Mistake(slow, fast, windows, peaks, best);
        return Estimate(a, b, slowIsB, options, overlapS, final, covariance, early, late, signal, offsetB - offsetA, mistake);
    }

    /// <summary>A fit with what it was made from.</summary>
    private sealed record Fitted(PoseStream Slow, bool Inverted, Window[] Windows, long MiddleNs, PoseLagState State, double RotationSigma, double TranslationSigma, PoseLagProblem Problem, double Cost, Peak Peak, Peak? Rival = null);

    private static void RequireMotion(PoseStream slow, Window[] windows)
    {
        double turn = Quantile([.. windows.Select(w => (slow.Poses[w.From].Rotation.Inverse() * slow.Poses[w.To].Rotation).Angle)], 0.9);
        double way = Quantile([.. windows.Select(w => (slow.Poses[w.To].Translation - slow.Poses[w.From].Translation).Length)], 0.9);
        if (!(turn >= LeastTurn || way >= LeastWay))
        {
            throw new NoLagException(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{slow.Name} hardly moves ({turn * 180 / Math.PI:0.00} degrees and {way * 1000:0.0} mm in 0.3 s): there is no motion to compare. Move quickly back and forth, and turn, for 20 s."));
        }
    }

    private static Fitted Best(PoseStream slow, PoseSampler sampler, Window[] windows, List<Peak> peaks)
    {
        int step = Math.Max(1, windows.Length / TrialWindows);
        Window[] some = [.. windows.Where((_, i) => i % step == 0)];
        PoseStream inverted = slow with { Poses = [.. slow.Poses.Select(p => p.Inverse())] };
        double turn = Math.Max(1e-4, 0.3 * Quantile([.. some.Select(w => (slow.Poses[w.From].Rotation.Inverse() * slow.Poses[w.To].Rotation).Angle)], 0.7));
        Fitted? best = null;
        var tried = new List<(Peak Peak, double Cost)>();
        foreach (Peak peak in peaks.Take(3).Where(p => p.Correlation > RivalShare * peaks[0].Correlation))
        {
            foreach (bool turned in (bool[])[false, true])
            {
                PoseStream s = turned ? inverted : slow;
                double way = Math.Max(1e-4, 0.3 * Quantile([.. some.Select(w => (slow.Poses[w.To].Translation - slow.Poses[w.From].Translation).Length)], 0.7));
                long middle = Middle(s, some);
                if (Start(s, sampler, some, peak.ShiftNs) is not { } start)
                {
                    continue;
                }

                var problem = new PoseLagProblem(s, sampler, some, middle, turn, way, estimateRate: false);
                Solved<PoseLagState> solved = LevenbergMarquardt.Solve(problem, start, new SolveOptions(Robust, 12));
                double cost = MedianSquare(problem, solved.State);
                tried.Add((new Peak((long)(solved.State.ShiftS * 1e9), peak.Correlation), cost));
                if (best is null || cost < 0.9 * best.Cost)
                {
                    best = new Fitted(s, turned, some, middle, solved.State, turn, way, problem, cost, peak);
                }
            }
        }

        if (best is null)
        {
            throw new NoLagException("The streams have no window in common at the lag that fits best. Record longer without gaps.");
        }

        // A rival is one whose turns and ways fit as well; alike activity alone is common.
        long found = (long)(best.State.ShiftS * 1e9);
        Peak? rival = tried.Where(t => t.Cost < 2 * best.Cost && Math.Abs(t.Peak.ShiftNs - found) > ApartNs).Select(t => (Peak?)t.Peak).FirstOrDefault();
        return best with { Rival = rival };
    }

    // Where the streams do not fit well: the usual mistakes undone in a copy of either.
    private static string? Mistake(PoseStream slow, PoseStream fast, Window[] windows, List<Peak> peaks, Fitted told)
    {
        if (told.Cost < FitsWell)
        {
            return null;
        }

        static PoseStream Undone(PoseStream stream, Func<Pose, Pose> undo) => stream with { Poses = [.. stream.Poses.Select(undo)] };
        (double Cost, string Sentence)? found = null;
        foreach ((string sentence, Func<Pose, Pose> undo) in LagSuspicions.Mistakes)
        {
            foreach (bool ofSlow in (bool[])[true, false])
            {
                Fitted tried = ofSlow ? Best(Undone(slow, undo), new PoseSampler(fast), windows, peaks) : Best(slow, new PoseSampler(Undone(fast, undo)), windows, peaks);
                if (tried.Cost < FarBetter * told.Cost && tried.Cost < (found?.Cost ?? double.PositiveInfinity))
                {
                    found = (tried.Cost, string.Format(System.Globalization.CultureInfo.InvariantCulture, sentence, ofSlow ? slow.Name : fast.Name));
                }
            }
        }

        return found is { } mistake ? "it looks as if " + mistake.Sentence : null;
    }

    private static Fitted Refine(PoseStream slow, PoseSampler sampler, Window[] windows, Fitted begun, bool estimateRate)
    {
        PoseLagState state = begun.State;
        Fitted fitted = begun;
        long middle = Middle(fitted.Slow, windows);
        (double turn, double way) = Scales(begun, windows, sampler, middle, state);
        for (int round = 0; round < 3; round++)
        {
            var problem = new PoseLagProblem(begun.Slow, sampler, windows, middle, turn, way, estimateRate && round > 0);
            state = LevenbergMarquardt.Solve(problem, state, new SolveOptions(Robust, 25)).State;
            fitted = begun with { Windows = windows, MiddleNs = middle, State = state, RotationSigma = turn, TranslationSigma = way, Problem = problem };
            (turn, way) = Scales(fitted, windows, sampler, middle, state);
        }

        return fitted;
    }

    // Medians, so that windows in which one of the trackers jumped do not count.
    private static (double Turn, double Way) Scales(Fitted begun, Window[] windows, PoseSampler sampler, long middle, PoseLagState state)
    {
        var unit = new PoseLagProblem(begun.Slow, sampler, windows, middle, 1, 1, estimateRate: false);
        double[] r = new double[6];
        var turns = new List<double>();
        var ways = new List<double>();
        for (int i = 0; i < windows.Length; i++)
        {
            if (unit.Evaluate(state, i, r, []))
            {
                turns.Add(Math.Sqrt((r[0] * r[0]) + (r[1] * r[1]) + (r[2] * r[2])));
                ways.Add(Math.Sqrt((r[3] * r[3]) + (r[4] * r[4]) + (r[5] * r[5])));
            }
        }

        return (Math.Max(1e-7, Quantile([.. turns], 0.5) / MedianOfThree), Math.Max(1e-8, Quantile([.. ways], 0.5) / MedianOfThree));
    }

    private static PoseLagState? Start(PoseStream slow, PoseSampler sampler, Window[] windows, long shiftNs)
    {
        var turns = new List<(Vector3d, Vector3d)>();
        var ways = new List<(Vector3d, Vector3d)>();
        foreach (Window w in windows)
        {
            if (sampler.TrySample(slow.TimesNs[w.From] + shiftNs, out MovingPose f0) && sampler.TrySample(slow.TimesNs[w.To] + shiftNs, out MovingPose f1))
            {
                turns.Add(((f0.Pose.Rotation.Inverse() * f1.Pose.Rotation).ToRotationVector(), (slow.Poses[w.From].Rotation.Inverse() * slow.Poses[w.To].Rotation).ToRotationVector()));
                ways.Add((f1.Pose.Translation - f0.Pose.Translation, slow.Poses[w.To].Translation - slow.Poses[w.From].Translation));
            }
        }

        return turns.Count >= 8 && ClosedFormSolver.Align(turns) is { } body && ClosedFormSolver.Align(ways) is { } world
            ? new PoseLagState(shiftNs * 1e-9, 0, body, world, default)
            : null;
    }

    private static double[]? Covariance(Fitted f)
    {
        // Windows share samples with their neighbours: stretches must be several windows long to be independent.
        long first = f.Slow.TimesNs[f.Windows[0].From];
        long span = Math.Max(1, f.Slow.TimesNs[f.Windows[^1].To] - first + 1);
        int count = (int)Math.Clamp(span / LeastStretchNs, 4, Clusters);
        ReadOnlySpan<double> prior = [1e-12, 1e-6, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-2, 1e-2, 1e-2];
        double[]? covariance = ClusteredCovariance.Of(
            f.Problem, f.State, Robust, i => (int)((f.Slow.TimesNs[f.Windows[i].From] - first) * count / span), count, prior);
        return covariance is not null && covariance[0] > 0 && Math.Sqrt(covariance[0]) < 1 ? covariance : null;
    }

    private static (long? First, long? Second) Halves(PoseStream slow, PoseSampler sampler, Window[] windows, Fitted all)
    {
        long? Half(Window[] part)
        {
            if (part.Length < 40)
            {
                return null;
            }

            var problem = new PoseLagProblem(all.Slow, sampler, part, all.MiddleNs, all.RotationSigma, all.TranslationSigma, estimateRate: false);
            return (long)(LevenbergMarquardt.Solve(problem, all.State, new SolveOptions(Robust, 10)).State.ShiftS * 1e9);
        }

        return (Half(windows[..(windows.Length / 2)]), Half(windows[(windows.Length / 2)..]));
    }

    private static LagEstimate Estimate(
        PoseStream a, PoseStream b, bool slowIsB, LagOptions options, double overlapS, Fitted f, double[] covariance, long? early, long? late, string signal, long epochs, string? mistake)
    {
        // Slow is b: a's stamp = b's stamp + shift, so b is late by −shift.
        long Lag(double shiftS) => (long)Math.Round(slowIsB ? -shiftS * 1e9 : shiftS * 1e9) + epochs;
        // Where stamps keep in step with the faster stream's, its fit between samples pulls by a thousandth of its period.
        double pull = SamplerPull * 1e9 / Math.Max(a.RateHz, b.RateHz);
        double sigma = Math.Sqrt((covariance[0] * 1e18) + (pull * pull));
        double rateSigma = Math.Sqrt(covariance[PoseLagProblem.Count + 1]) * 1e6;
        double rate = (slowIsB ? -f.State.Rate : f.State.Rate) * 1e6;
        long lag = Lag(f.State.ShiftS);
        double reach = LagJudgement.Reach95((int)Math.Clamp(overlapS * 1e9 / LeastStretchNs, 4, Clusters));
        bool rateTold = options.EstimateRate && rateSigma < 2_000;
        var estimate = new LagEstimate(
            a.Name, b.Name, lag, sigma, (long)(lag - (reach * sigma)), (long)(lag + (reach * sigma)),
            rateTold ? rate : null, rateTold ? rateSigma : null,
            f.Peak.Correlation,
            f.Rival is { } r ? new Peaks(Lag(r.ShiftNs * 1e-9), r.Correlation / f.Peak.Correlation) : null,
            early is { } e ? Lag(e * 1e-9) : null, late is { } l ? Lag(l * 1e-9) : null,
            overlapS, f.Windows.Length, a.RateHz, b.RateHz)
        {
            Interpolated = slowIsB ? a.Name : b.Name,
            Residuals = [($"turn in 0.3 s ({signal})", f.RotationSigma * 180 / Math.PI, "deg"), ("way in 0.3 s", f.TranslationSigma * 1000, "mm")],
            Suspicions = mistake is not null ? [mistake] : LagSuspicions.Find(f.Problem, f.State, f.Slow, f.Windows, slowIsB ? b.Name : a.Name, slowIsB ? a.Name : b.Name),
        };
        return LagJudgement.Of(estimate);
    }

    private static long Middle(PoseStream slow, Window[] windows) => (slow.TimesNs[windows[0].From] / 2) + (slow.TimesNs[windows[^1].To] / 2);

    private static double MedianSquare(PoseLagProblem problem, PoseLagState state)
    {
        double[] r = new double[6];
        var squares = new List<double>();
        for (int i = 0; i < problem.Blocks; i++)
        {
            if (problem.Evaluate(state, i, r, []))
            {
                squares.Add(r.Sum(v => v * v));
            }
        }

        return squares.Count >= 8 ? squares.Average(s => Math.Log(1 + s)) : double.PositiveInfinity;
    }

    private static double Quantile(double[] values, double share)
    {
        Array.Sort(values);
        return values.Length == 0 ? double.NaN : values[(int)(share * (values.Length - 1))];
    }
}
