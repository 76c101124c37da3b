namespace Capture.Simulation.Targets;

/// <summary>A printed target: black rectangles on paper. Its frame is the target's: x along a row, y down the page, z into the paper, metres.</summary>
public sealed class PrintedTarget
{
    /// <summary>Light of paper, ink and what is neither, 0 … 255.</summary>
    public const byte Paper = 230, Ink = 25, Backdrop = 110;

    private const int DotsPerMm = 8;
    private const double DotsPerMetre = DotsPerMm * 1e3;

    private readonly byte[] _dots;
    private readonly int _width;
    private readonly int _height;

    /// <param name="blackMm">Rectangles x, y, width, height from the paper's top left.</param>
    /// <param name="originMm">The target's origin from the paper's top left.</param>
    public PrintedTarget(double widthMm, double heightMm, IEnumerable<(double X, double Y, double Width, double Height)> blackMm, (double X, double Y) originMm)
    {
        (_width, _height) = ((int)(widthMm * DotsPerMm), (int)(heightMm * DotsPerMm));
        _dots = new byte[_width * _height];
        Array.Fill(_dots, Paper);
        foreach ((double x, double y, double w, double h) in blackMm)
        {
            int left = Dot(x), right = Dot(x + w);
            for (int row = Dot(y); row < Dot(y + h); row++)
            {
                _dots.AsSpan((row * _width) + left, right - left).Fill(Ink);
            }
        }

        (LeftM, TopM, RightM, BottomM) = (-originMm.X / 1e3, -originMm.Y / 1e3, (widthMm - originMm.X) / 1e3, (heightMm - originMm.Y) / 1e3);
    }

    /// <summary>The paper's edges in the target's frame.</summary>
    public double LeftM { get; }

    public double TopM { get; }

    public double RightM { get; }

    public double BottomM { get; }

    /// <summary>A chessboard by its inner corners; the origin is the first of them, and the square left-above of it is black.</summary>
    public static PrintedTarget Chessboard(int columns, int rows, double squareMm)
    {
        const double Margin = 10;
        var black = from row in Enumerable.Range(0, rows + 1)
                    from column in Enumerable.Range(0, columns + 1)
                    where (row + column) % 2 == 0
                    select (Margin + (column * squareMm), Margin + (row * squareMm), squareMm, squareMm);
        return new PrintedTarget(((columns + 1) * squareMm) + (2 * Margin), ((rows + 1) * squareMm) + (2 * Margin), black, (Margin + squareMm, Margin + squareMm));
    }

    /// <summary>Light at a point of the plane; <see cref="Backdrop"/> beside the paper.</summary>
    public byte Light(double xM, double yM)
    {
        int x = (int)Math.Floor((xM - LeftM) * DotsPerMetre), y = (int)Math.Floor((yM - TopM) * DotsPerMetre);
        return (uint)x < (uint)_width && (uint)y < (uint)_height ? _dots[(y * _width) + x] : Backdrop;
    }

    private static int Dot(double mm) => (int)Math.Round(mm * DotsPerMm);
}
