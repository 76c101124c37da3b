using Capture.Core.Geometry;

namespace Calibration.Targets;

/// <summary>A flat calibration target: points with ids in the board's frame (x along a row, y down the page, z into the paper; metres).</summary>
public abstract class Target
{
    private protected Target(string text, IReadOnlyList<Vector3d> points)
    {
        Text = text;
        Points = points;
    }

    /// <summary>The target as the command line writes it.</summary>
    public string Text { get; }

    /// <summary>By id. Metres.</summary>
    public IReadOnlyList<Vector3d> Points { get; }

    /// <summary>Pairs of ids whose connecting line is an edge from black to white: where sharpness is measured.</summary>
    public abstract IReadOnlyList<(int From, int To)> Edges { get; }

    /// <summary>Ways to number the same picture of the target that look alike: new id = Renumberings[k][old id]. The first is the identity.</summary>
    public virtual IReadOnlyList<int[]> Renumberings => [[.. Enumerable.Range(0, Points.Count)]];

    /// <summary>Distance between neighbouring points, metres: what a person measures with a ruler.</summary>
    public abstract double Spacing { get; }
}

/// <summary>A chessboard by its inner corners; ids go row after row.</summary>
public sealed class Chessboard : Target
{
    private readonly List<int[]> _renumberings;

    public Chessboard(int columns, int rows, double square, string text)
        : base(text, [.. Enumerable.Range(0, columns * rows).Select(i => new Vector3d(i % columns * square, i / columns * square, 0))])
    {
        (Columns, Rows, Spacing) = (columns, rows, square);
        _renumberings = [.. Symmetries()];
    }

    public int Columns { get; }

    public int Rows { get; }

    public override double Spacing { get; }

    public override IReadOnlyList<(int From, int To)> Edges => [.. GridEdges(Columns, Rows)];

    public override IReadOnlyList<int[]> Renumberings => _renumberings;

    internal static IEnumerable<(int From, int To)> GridEdges(int columns, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int i = (row * columns) + column;
                if (column + 1 < columns)
                {
                    yield return (i, i + 1);
                }

                if (row + 1 < rows)
                {
                    yield return (i, i + columns);
                }
            }
        }
    }

    // Turns that bring black squares onto black ones: by 180° when rows and columns are both odd or both even; by 90° on a square board of even corners.
    private IEnumerable<int[]> Symmetries()
    {
        int n = Columns * Rows;
        yield return [.. Enumerable.Range(0, n)];
        if ((Columns + Rows) % 2 == 0)
        {
            yield return [.. Enumerable.Range(0, n).Select(i => n - 1 - i)];
        }

        if (Columns == Rows && Columns % 2 == 0)
        {
            yield return [.. Enumerable.Range(0, n).Select(i => (i % Columns * Columns) + (Columns - 1 - (i / Columns)))];
            yield return [.. Enumerable.Range(0, n).Select(i => ((Columns - 1 - (i % Columns)) * Columns) + (i / Columns))];
        }
    }
}

/// <summary>A chessboard with ArUco markers in its white squares; the points are the inner corners, row after row from the top left.</summary>
public sealed class CharucoBoard : Target
{
    public CharucoBoard(int columns, int rows, double square, double marker, string dictionary, string text)
        : base(text, [.. Enumerable.Range(0, (columns - 1) * (rows - 1)).Select(i => new Vector3d(i % (columns - 1) * square, i / (columns - 1) * square, 0))])
    {
        (Columns, Rows, Spacing, Marker, Dictionary) = (columns, rows, square, marker, dictionary);
    }

    /// <summary>Squares, not corners.</summary>
    public int Columns { get; }

    public int Rows { get; }

    public override double Spacing { get; }

    /// <summary>Side of a marker, metres.</summary>
    public double Marker { get; }

    public string Dictionary { get; }

    public override IReadOnlyList<(int From, int To)> Edges => [.. Chessboard.GridEdges(Columns - 1, Rows - 1)];

    /// <summary>Corners of a marker, clockwise from its top left, in the board's frame; null for an id that is not on the board.</summary>
    /// <param name="oldLayout">Before OpenCV 4.6 the top-left square of a board with an even number of rows was white, and held marker 0; since then it is black.</param>
    public Vector3d[]? MarkerCorners(int id, bool oldLayout)
    {
        (int Column, int Row)? square = SquareOf(id, oldLayout);
        if (square is not { } s)
        {
            return null;
        }

        double half = Marker / 2, x = (s.Column - 0.5) * Spacing, y = (s.Row - 0.5) * Spacing;
        return [new(x - half, y - half, 0), new(x + half, y - half, 0), new(x + half, y + half, 0), new(x - half, y + half, 0)];
    }

    internal bool IsWhite(int column, int row, bool oldLayout) => (column + row) % 2 == (oldLayout && Rows % 2 == 0 ? 0 : 1);

    private (int Column, int Row)? SquareOf(int id, bool oldLayout)
    {
        int next = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                if (IsWhite(column, row, oldLayout) && next++ == id)
                {
                    return (column, row);
                }
            }
        }

        return null;
    }
}

/// <summary>A grid of AprilTags; the points are the tags' corners: four per tag, clockwise from the tag's top left, tag after tag.</summary>
/// <remarks>Points are numbered by place (row after row from the top left), not by tag: which tag is where is found from the pictures.</remarks>
public sealed class AprilTagGrid : Target
{
    public AprilTagGrid(string family, int columns, int rows, double tag, double gap, string text)
        : base(text, [.. Corners(columns, rows, tag, gap)])
    {
        (Family, Columns, Rows, Spacing, Gap) = (family, columns, rows, tag, gap);
    }

    public string Family { get; }

    public int Columns { get; }

    public int Rows { get; }

    /// <summary>Side of a tag's black border, metres.</summary>
    public override double Spacing { get; }

    public double Gap { get; }

    public override IReadOnlyList<(int From, int To)> Edges =>
        [.. Enumerable.Range(0, Columns * Rows).SelectMany(t => Enumerable.Range(0, 4).Select(k => ((4 * t) + k, (4 * t) + ((k + 1) % 4))))];

    /// <summary>The place of a tag in the grid, row after row from the top left; −1 when it has none.</summary>
    /// <param name="fromBelow">Tag 0 at the bottom left and rows going up, as Kalibr prints them.</param>
    public int PlaceOf(int tag, bool fromBelow)
    {
        if (tag < 0 || tag >= Columns * Rows)
        {
            return -1;
        }

        int row = tag / Columns;
        return ((fromBelow ? Rows - 1 - row : row) * Columns) + (tag % Columns);
    }

    private static IEnumerable<Vector3d> Corners(int columns, int rows, double tag, double gap)
    {
        for (int i = 0; i < columns * rows; i++)
        {
            double x = i % columns * (tag + gap), y = i / columns * (tag + gap);
            yield return new(x, y, 0);
            yield return new(x + tag, y, 0);
            yield return new(x + tag, y + tag, 0);
            yield return new(x, y + tag, 0);
        }
    }
}
