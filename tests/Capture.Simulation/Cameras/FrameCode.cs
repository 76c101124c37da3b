namespace Capture.Simulation.Cameras;

/// <summary>
/// The machine-readable code at the top left of every rendered picture: camera id and frame number as black and white blocks that survive JPEG.
/// <code>
/// 2 rows of 32 square blocks of 16 × 16 pixels: block (row r, column c) covers x = 16c … 16c + 15, y = 16r … 16r + 15 (whole code 512 × 32 pixels at (0,0)).
/// A white block (255) is 1, a black block (0) is 0.
/// Row 0: columns 0–3 are 1 0 1 0, columns 4–31 are bits  0 … 27 of the message.
/// Row 1: columns 0–3 are 0 1 0 1, columns 4–31 are bits 28 … 55 of the message.
/// The message is 7 bytes, most significant bit first: camera id (1 byte), frame number (4 bytes, big-endian),
/// CRC-16/CCITT-FALSE (poly 0x1021, init 0xFFFF, not reflected, no final xor; "123456789" gives 0x29B1) over these 5 bytes (2 bytes, big-endian).
/// </code>
/// To read: average the luma of the middle 8 × 8 pixels of each block; the threshold is half way between the mean of the four white and the mean of the four
/// black sync blocks (columns 0–3 of both rows); refuse when these means lie less than 64 apart, a sync block is wrong or the CRC is.
/// </summary>
public static class FrameCode
{
    public const int BlockPixels = 16;
    public const int Columns = 32;
    public const int Rows = 2;
    public const int WidthPixels = BlockPixels * Columns;
    public const int HeightPixels = BlockPixels * Rows;
    private const int SyncColumns = 4;
    private const int Margin = 4;

    /// <summary>Draws the code into a picture of 4 bytes a pixel (alpha or filler last).</summary>
    public static void Draw(Span<uint> pixels, int width, byte camera, uint frame)
    {
        ulong message = Message(camera, frame);
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                uint colour = BitAt(message, row, column) ? 0xFFFFFFFF : 0xFF000000;
                for (int y = row * BlockPixels; y < (row + 1) * BlockPixels; y++)
                {
                    pixels.Slice((y * width) + (column * BlockPixels), BlockPixels).Fill(colour);
                }
            }
        }
    }

    /// <summary>Reads the code from a picture of one byte (luma) a pixel.</summary>
    public static bool TryReadGray(ReadOnlySpan<byte> gray, int width, int height, out byte camera, out uint frame) =>
        TryRead(gray, width, height, 1, out camera, out frame);

    /// <summary>Reads the code from a picture of three bytes a pixel, R G B or B G R (the blocks are grey, so the order makes no difference).</summary>
    public static bool TryReadRgb(ReadOnlySpan<byte> rgb, int width, int height, out byte camera, out uint frame) =>
        TryRead(rgb, width, height, 3, out camera, out frame);

    /// <summary>CRC-16/CCITT-FALSE.</summary>
    public static ushort Crc16(ReadOnlySpan<byte> data)
    {
        ushort crc = 0xFFFF;
        foreach (byte b in data)
        {
            crc ^= (ushort)(b << 8);
            for (int i = 0; i < 8; i++)
            {
                crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
            }
        }

        return crc;
    }

    private static ulong Message(byte camera, uint frame)
    {
        ReadOnlySpan<byte> body = [camera, (byte)(frame >> 24), (byte)(frame >> 16), (byte)(frame >> 8), (byte)frame];
        return ((ulong)camera << 48) | ((ulong)frame << 16) | Crc16(body);
    }

    private static bool BitAt(ulong message, int row, int column)
    {
        if (column < SyncColumns)
        {
            return ((column + row) & 1) == 0;
        }

        int bit = (row * (Columns - SyncColumns)) + column - SyncColumns;
        return ((message >> (55 - bit)) & 1) != 0;
    }

    private static bool TryRead(ReadOnlySpan<byte> pixels, int width, int height, int bytesPerPixel, out byte camera, out uint frame)
    {
        camera = 0;
        frame = 0;
        if (width < WidthPixels || height < HeightPixels || pixels.Length < (long)width * height * bytesPerPixel)
        {
            return false;
        }

        double white = 0, black = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < SyncColumns; column++)
            {
                double mean = Mean(pixels, width, bytesPerPixel, row, column);
                if (((column + row) & 1) == 0)
                {
                    white += mean / 4;
                }
                else
                {
                    black += mean / 4;
                }
            }
        }

        if (white - black < 64)
        {
            return false;
        }

        double threshold = (white + black) / 2;
        ulong message = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                bool one = Mean(pixels, width, bytesPerPixel, row, column) > threshold;
                if (column >= SyncColumns)
                {
                    message = (message << 1) | (one ? 1u : 0u);
                }
                else if (one != (((column + row) & 1) == 0))
                {
                    return false;
                }
            }
        }

        camera = (byte)(message >> 48);
        frame = (uint)(message >> 16);
        return Message(camera, frame) == message;
    }

    private static double Mean(ReadOnlySpan<byte> pixels, int width, int bytesPerPixel, int row, int column)
    {
        int sum = 0;
        for (int y = (row * BlockPixels) + Margin; y < ((row + 1) * BlockPixels) - Margin; y++)
        {
            int start = ((y * width) + (column * BlockPixels) + Margin) * bytesPerPixel;
            ReadOnlySpan<byte> line = pixels.Slice(start, (BlockPixels - (2 * Margin)) * bytesPerPixel);
            foreach (byte b in line)
            {
                sum += b;
            }
        }

        const int Side = BlockPixels - (2 * Margin);
        return sum / (double)(Side * Side * bytesPerPixel);
    }
}
