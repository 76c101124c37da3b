using System.Globalization;
using System.Net;
using System.Text;

namespace Calibration.Reports;

/// <summary>A drawing in data coordinates with axes, written as SVG.</summary>
public sealed class Plot
{
    private const double Left = 58;
    private const double Bottom = 40;
    private const double Margin = 12;

    private readonly StringBuilder _marks = new();
    private readonly double _width;
    private readonly double _height;
    private readonly double _xMin;
    private readonly double _xMax;
    private readonly double _yMin;
    private readonly double _yMax;
    private readonly bool _downwards;
    private readonly string _xLabel;
    private readonly string _yLabel;

    /// <param name="xLabel">With its unit.</param>
    /// <param name="downwards">y grows down the page, as in an image.</param>
    public Plot(string xLabel, string yLabel, double xMin, double xMax, double yMin, double yMax, double width = 460, double height = 320, bool downwards = false)
    {
        (_xLabel, _yLabel, _width, _height, _downwards) = (xLabel, yLabel, width, height, downwards);
        (_xMin, _xMax) = Spread(xMin, xMax);
        (_yMin, _yMax) = Spread(yMin, yMax);
    }

    public Plot Dot(double x, double y, string color = "#1f6fb2", double radius = 1.6) => Mark($"<circle cx=\"{X(x)}\" cy=\"{Y(y)}\" r=\"{N(radius)}\" fill=\"{color}\"/>");

    public Plot Segment(double x1, double y1, double x2, double y2, string color = "#1f6fb2", double width = 1) =>
        Mark($"<line x1=\"{X(x1)}\" y1=\"{Y(y1)}\" x2=\"{X(x2)}\" y2=\"{Y(y2)}\" stroke=\"{color}\" stroke-width=\"{N(width)}\"/>");

    public Plot Line(IEnumerable<(double X, double Y)> points, string color = "#1f6fb2", double width = 1.4) =>
        Mark($"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"{N(width)}\" points=\"{string.Join(' ', points.Where(p => double.IsFinite(p.X + p.Y)).Select(p => $"{X(p.X)},{Y(p.Y)}"))}\"/>");

    public Plot Rectangle(double x1, double y1, double x2, double y2, string fill)
    {
        double left = Math.Min(Px(x1), Px(x2)), top = Math.Min(Py(y1), Py(y2));
        return Mark($"<rect x=\"{N(left)}\" y=\"{N(top)}\" width=\"{N(Math.Abs(Px(x1) - Px(x2)))}\" height=\"{N(Math.Abs(Py(y1) - Py(y2)))}\" fill=\"{fill}\"/>");
    }

    public Plot Text(double x, double y, string text, double size = 11) =>
        Mark($"<text x=\"{X(x)}\" y=\"{Y(y)}\" font-size=\"{N(size)}\" text-anchor=\"middle\">{WebUtility.HtmlEncode(text)}</text>");

    /// <summary>A color from light to dark for 0 … 1.</summary>
    public static string Heat(double fraction)
    {
        double f = Math.Clamp(double.IsFinite(fraction) ? fraction : 1, 0, 1);
        return string.Create(CultureInfo.InvariantCulture, $"hsl({210 - (210 * f):0} 70% {92 - (40 * f):0}%)");
    }

    public string ToSvg()
    {
        var svg = new StringBuilder();
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{N(_width)}\" height=\"{N(_height)}\" viewBox=\"0 0 {N(_width)} {N(_height)}\" font-family=\"system-ui,sans-serif\">");
        svg.Append($"<rect x=\"{N(Left)}\" y=\"{N(Margin)}\" width=\"{N(_width - Left - Margin)}\" height=\"{N(_height - Bottom - Margin)}\" fill=\"#fff\" stroke=\"#999\"/>");
        svg.Append(_marks);
        foreach (double x in Ticks(_xMin, _xMax))
        {
            svg.Append($"<text x=\"{X(x)}\" y=\"{N(_height - Bottom + 14)}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#444\">{Label(x)}</text>");
        }

        foreach (double y in Ticks(_yMin, _yMax))
        {
            svg.Append($"<text x=\"{N(Left - 5)}\" y=\"{N(Py(y) + 4)}\" font-size=\"11\" text-anchor=\"end\" fill=\"#444\">{Label(y)}</text>");
        }

        double middle = (_height - Bottom + Margin) / 2;
        svg.Append($"<text x=\"{N((Left + _width) / 2)}\" y=\"{N(_height - 8)}\" font-size=\"12\" text-anchor=\"middle\">{WebUtility.HtmlEncode(_xLabel)}</text>");
        svg.Append($"<text x=\"12\" y=\"{N(middle)}\" font-size=\"12\" text-anchor=\"middle\" transform=\"rotate(-90 12 {N(middle)})\">{WebUtility.HtmlEncode(_yLabel)}</text></svg>");
        return svg.ToString();
    }

    private static (double Min, double Max) Spread(double min, double max) => max > min ? (min, max) : (min - 0.5, min + 0.5);

    private static IEnumerable<double> Ticks(double min, double max)
    {
        double raw = (max - min) / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = new[] { 1.0, 2, 5, 10 }.First(f => f * power >= raw * 0.999) * power;
        for (double tick = Math.Ceiling(min / step) * step; tick <= max + (step * 1e-9); tick += step)
        {
            yield return Math.Abs(tick) < step * 1e-9 ? 0 : tick;
        }
    }

    private static string Label(double value) => value.ToString("0.#####", CultureInfo.InvariantCulture);

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private Plot Mark(string svg)
    {
        _marks.Append(svg);
        return this;
    }

    private double Px(double x) => Left + ((x - _xMin) / (_xMax - _xMin) * (_width - Left - Margin));

    private double Py(double y)
    {
        double fraction = (y - _yMin) / (_yMax - _yMin);
        return Margin + ((_downwards ? fraction : 1 - fraction) * (_height - Bottom - Margin));
    }

    private string X(double x) => N(Px(x));

    private string Y(double y) => N(Py(y));
}
