using System.Globalization;
using System.Text;

namespace Capture.Episodes.SyncPage;

/// <summary>
/// Draws a curve as SVG. The bound of a stream may be a thousand times its sigma, so the height is symmetric-logarithmic: linear below one threshold, logarithmic beyond, with the same lines for all streams'
/// decades that fit.
/// </summary>
internal sealed class CurveDrawing
{
    private const double Width = 860;
    private const double Height = 132;
    private const double Left = 64;
    private const double Right = 8;
    private const double Top = 6;
    private const double Bottom = 18;

    private readonly StreamCurve _curve;
    private readonly double _from;
    private readonly double _to;
    private readonly double _threshold;
    private readonly double _most;
    private readonly StringBuilder _svg = new();

    private CurveDrawing(StreamCurve curve, long fromNs, long toNs)
    {
        (_curve, _from, _to) = (curve, fromNs, Math.Max(toNs, fromNs + 1));
        List<CurvePoint> all = [.. curve.Pieces.SelectMany(p => p)];
        double smallest = all.Where(p => p.SigmaNs > 0).Select(p => (double)p.SigmaNs).DefaultIfEmpty(1000).Min();
        _threshold = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(smallest, 100))));
        _most = Math.Max(all.Select(p => Math.Abs(p.OffsetNs) + Math.Max(p.SigmaNs, p.BoundNs ?? 0)).DefaultIfEmpty(1).Max() * 1.15, _threshold * 2);
    }

    public static string Draw(StreamCurve curve, long fromNs, long toNs) => new CurveDrawing(curve, fromNs, toNs).Draw();

    private string Draw()
    {
        Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Offset of {curveName()} over time, with sigma and bound\">");
        foreach (double value in Ticks())
        {
            Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):0.0}\" y2=\"{Y(value):0.0}\"/>");
            Add($"<text class=\"tick\" x=\"{Left - 6}\" y=\"{Y(value) + 3.5:0.0}\" text-anchor=\"end\">{Duration(value)}</text>");
        }

        for (int i = 0; i <= 4; i++)
        {
            double at = _from + ((_to - _from) * i / 4);
            string anchor = i == 0 ? "start" : i == 4 ? "end" : "middle";
            Add($"<text class=\"tick\" x=\"{X(at):0.0}\" y=\"{Height - 4}\" text-anchor=\"{anchor}\">{at / 1e9:0.#} s</text>");
        }

        foreach (IReadOnlyList<CurvePoint> piece in _curve.Pieces)
        {
            if (piece.All(p => p.BoundNs is not null))
            {
                Band("bound", piece, p => p.BoundNs!.Value);
            }

            Band("sigma", piece, p => p.SigmaNs);
            string points = string.Join(' ', piece.Select(p => FormattableString.Invariant($"{X(p.AtNs):0.0},{Y(p.OffsetNs):0.0}")));
            Add($"<polyline class=\"offset\" points=\"{points}\"/>");
        }

        _svg.Append("</svg>");
        return _svg.ToString();

        string curveName() => _curve.Stream;
    }

    private void Band(string name, IReadOnlyList<CurvePoint> piece, Func<CurvePoint, double> half)
    {
        IEnumerable<string> upper = piece.Select(p => FormattableString.Invariant($"{X(p.AtNs):0.0},{Y(p.OffsetNs + half(p)):0.0}"));
        IEnumerable<string> lower = piece.Reverse().Select(p => FormattableString.Invariant($"{X(p.AtNs):0.0},{Y(p.OffsetNs - half(p)):0.0}"));
        Add($"<polygon class=\"{name}\" points=\"{string.Join(' ', upper.Concat(lower))}\"/>");
    }

    private IEnumerable<double> Ticks()
    {
        yield return 0;
        double decades = Math.Log10(_most / _threshold);
        int step = decades > 4 ? 2 : 1;
        for (int k = decades > 1 ? 1 : 0; _threshold * Math.Pow(10, k) <= _most; k += step)
        {
            yield return _threshold * Math.Pow(10, k);
            yield return -_threshold * Math.Pow(10, k);
        }
    }

    private double X(double ns) => Left + ((ns - _from) / (_to - _from) * (Width - Left - Right));

    private double Y(double ns)
    {
        double middle = Top + ((Height - Top - Bottom) / 2);
        return middle - (Math.Clamp(Scaled(ns) / Scaled(_most), -1, 1) * (middle - Top));
    }

    private double Scaled(double ns) => Math.Asinh(ns / _threshold);

    private static string Duration(double ns) => Math.Abs(ns) switch
    {
        0 => "0",
        >= 1e9 => $"{(ns > 0 ? "+" : "−")}{Math.Abs(ns) / 1e9:0.###} s",
        >= 1e6 => $"{(ns > 0 ? "+" : "−")}{Math.Abs(ns) / 1e6:0.###} ms",
        >= 1e3 => $"{(ns > 0 ? "+" : "−")}{Math.Abs(ns) / 1e3:0.###} µs",
        _ => $"{(ns > 0 ? "+" : "−")}{Math.Abs(ns):0} ns",
    };

    private void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
