using System.Globalization;
using System.Text;
using Calibration.Detection;
using Calibration.Results;

namespace Calibration.Targets;

/// <summary>A target as black rectangles on paper, in millimetres from the top left.</summary>
public sealed class TargetDrawing
{
    private const double Margin = 10;

    private readonly List<(double X, double Y, double Width, double Height)> _black;
    private readonly string _text;

    private TargetDrawing(string text, double width, double height, IEnumerable<(double X, double Y, double Width, double Height)> black)
    {
        // Room below for the ruler and the name.
        (WidthMm, HeightMm, _text) = (Math.Max(width, 100) + (2 * Margin), height + (2 * Margin) + 16, text);
        _black = [.. black.Select(r => (r.X + Margin, r.Y + Margin, r.Width, r.Height))];
        double y = height + Margin + 8;
        for (int i = 0; i <= 10; i++)
        {
            _black.Add((Margin + (10 * i) - 0.1, y, 0.2, 3));
        }

        _black.Add((Margin, y + 3, 100, 0.2));
    }

    public double WidthMm { get; }

    public double HeightMm { get; }

    private string Label => $"{_text}    ruler: 100 mm";

    public static TargetDrawing Of(Target target) => target switch
    {
        Chessboard b => new(b.Text, (b.Columns + 1) * b.Spacing * 1e3, (b.Rows + 1) * b.Spacing * 1e3, Squares(b.Columns + 1, b.Rows + 1, b.Spacing * 1e3)),
        CharucoBoard b => new(b.Text, b.Columns * b.Spacing * 1e3, b.Rows * b.Spacing * 1e3, [.. Squares(b.Columns, b.Rows, b.Spacing * 1e3), .. Markers(b)]),
        AprilTagGrid g => new(
            g.Text,
            ((g.Columns * (g.Spacing + g.Gap)) + g.Gap) * 1e3,
            ((g.Rows * (g.Spacing + g.Gap)) + g.Gap) * 1e3,
            Enumerable.Range(0, g.Columns * g.Rows).SelectMany(i => Bits(
                TagBits(g, i), (g.Gap + (i % g.Columns * (g.Spacing + g.Gap))) * 1e3, (g.Gap + (i / g.Columns * (g.Spacing + g.Gap))) * 1e3, g.Spacing * 1e3))),
        _ => throw new ArgumentException($"no drawing for {target.Text}", nameof(target)),
    };

    public void WriteSvg(string path) => ResultFile.WriteText(path, ToSvg());

    public void WritePdf(string path) => ResultFile.WriteText(path, ToPdf());

    public string ToSvg()
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WidthMm:0.###}mm\" height=\"{HeightMm:0.###}mm\" viewBox=\"0 0 {WidthMm:0.###} {HeightMm:0.###}\" shape-rendering=\"crispEdges\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{WidthMm:0.###}\" height=\"{HeightMm:0.###}\" fill=\"#fff\"/>\n");
        foreach (var r in _black)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{r.X:0.####}\" y=\"{r.Y:0.####}\" width=\"{r.Width:0.####}\" height=\"{r.Height:0.####}\"/>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin}\" y=\"{HeightMm - 4:0.###}\" font-size=\"3\" font-family=\"sans-serif\">{System.Net.WebUtility.HtmlEncode(Label)}</text>\n</svg>\n");
        return svg.ToString();
    }

    /// <summary>One page of the drawing's own size, PDF 1.4 (ISO 32000-1): a content stream of filled rectangles.</summary>
    public string ToPdf()
    {
        const double Points = 72 / 25.4;
        var content = new StringBuilder();
        content.Append(CultureInfo.InvariantCulture, $"{Points:0.########} 0 0 {Points:0.########} 0 0 cm 0 g\n");
        foreach (var r in _black)
        {
            content.Append(CultureInfo.InvariantCulture, $"{r.X:0.####} {HeightMm - r.Y - r.Height:0.####} {r.Width:0.####} {r.Height:0.####} re\n");
        }

        string words = Label.Replace("\\", "", StringComparison.Ordinal).Replace("(", "", StringComparison.Ordinal).Replace(")", "", StringComparison.Ordinal);
        content.Append(CultureInfo.InvariantCulture, $"f BT /F1 3 Tf {Margin} 4 Td ({words}) Tj ET\n");
        string[] objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            string.Create(CultureInfo.InvariantCulture, $"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WidthMm * Points:0.####} {HeightMm * Points:0.####}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /ViewerPreferences << /PrintScaling /None >> >>"),
            $"<< /Length {content.Length} >>\nstream\n{content}endstream",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ];
        var pdf = new StringBuilder("%PDF-1.4\n");
        var offsets = new List<int>();
        for (int i = 0; i < objects.Length; i++)
        {
            offsets.Add(pdf.Length);
            pdf.Append(CultureInfo.InvariantCulture, $"{i + 1} 0 obj\n{objects[i]}\nendobj\n");
        }

        int table = pdf.Length;
        pdf.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n");
        foreach (int offset in offsets)
        {
            pdf.Append(CultureInfo.InvariantCulture, $"{offset:0000000000} 00000 n \n");
        }

        pdf.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return pdf.ToString();
    }

    private static IEnumerable<(double X, double Y, double Width, double Height)> Squares(int columns, int rows, double side)
    {
        for (int i = 0; i < columns * rows; i++)
        {
            if (((i % columns) + (i / columns)) % 2 == 0)
            {
                yield return (i % columns * side, i / columns * side, side, side);
            }
        }
    }

    private static IEnumerable<(double X, double Y, double Width, double Height)> Markers(CharucoBoard board)
    {
        int id = 0;
        double gap = (board.Spacing - board.Marker) / 2;
        for (int i = 0; i < board.Columns * board.Rows; i++)
        {
            if (board.IsWhite(i % board.Columns, i / board.Columns, oldLayout: false))
            {
                foreach (var bit in Bits(MarkerBits(board, id++), ((i % board.Columns * board.Spacing) + gap) * 1e3, ((i / board.Columns * board.Spacing) + gap) * 1e3, board.Marker * 1e3))
                {
                    yield return bit;
                }
            }
        }
    }

    // Runs of black bits in a row as one rectangle each: no hairlines between neighbours.
    private static IEnumerable<(double X, double Y, double Width, double Height)> Bits((byte[] Bits, int Side) tag, double x, double y, double size)
    {
        double bit = size / tag.Side;
        for (int row = 0; row < tag.Side; row++)
        {
            for (int start = 0; start < tag.Side;)
            {
                int end = start;
                while (end < tag.Side && tag.Bits[(row * tag.Side) + end] == 0)
                {
                    end++;
                }

                if (end > start)
                {
                    yield return (x + (start * bit), y + (row * bit), (end - start) * bit, bit);
                }

                start = end + 1;
            }
        }
    }

    private static (byte[] Bits, int Side) MarkerBits(CharucoBoard board, int id)
    {
        byte[] bits = new byte[256];
        VisionNative.Status status = VisionNative.MarkerBits(board.Dictionary, id, bits.Length, bits, out int side);
        return status == VisionNative.Status.Ok ? (bits, side) : throw new CalibrationException(
            CalibrationProblem.Asked, $"dictionary '{board.Dictionary}' is not known, or has no marker {id}", $"target '{board.Text}'", "Name one of OpenCV's with enough markers: 4x4_50, 5x5_100, 6x6_250, 7x7_1000 …");
    }

    private static (byte[] Bits, int Side) TagBits(AprilTagGrid grid, int id)
    {
        byte[] bits = new byte[256];
        VisionNative.Status status = VisionNative.AprilTagBits(grid.Family, id, bits.Length, bits, out int side);
        return status == VisionNative.Status.Ok ? (bits, side) : throw new CalibrationException(
            CalibrationProblem.Asked, $"family {grid.Family} cannot be drawn, or has no tag {id}", $"target '{grid.Text}'", "Use 16h5, 25h9, 36h10 or 36h11 with a grid that they have tags for.");
    }
}
