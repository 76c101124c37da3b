using Capture.Media.Video;

namespace Capture.Media.Tests.Video;

public sealed class AnnexBTests
{
    private static readonly byte[] s_key = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 0x88, 9];
    private static readonly byte[] s_other = [0, 0, 0, 1, 0x41, 0x9A, 5, 6];

    [Test]
    public void Whole_units_are_told_from_each_other()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(AnnexB.Check(s_key, out bool key), Is.Null);
            Assert.That(key, Is.True);
            Assert.That(AnnexB.Check(s_other, out bool other), Is.Null);
            Assert.That(other, Is.False);
            Assert.That(AnnexB.HasKeyFrame(s_key), Is.True);
            Assert.That(AnnexB.HasKeyFrame(s_other), Is.False);
        }
    }

    [Test]
    public void What_is_no_single_access_unit_says_why()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(AnnexB.Check([], out _), Does.Contain("start code"));
            Assert.That(AnnexB.Check(s_key[1..3], out _), Does.Contain("start code"));
            Assert.That(AnnexB.Check(s_other[4..], out _), Does.Contain("start code"));
            Assert.That(AnnexB.Check([0, 0, 1, 0x67, 1], out _), Does.Contain("no slice"));
            Assert.That(AnnexB.Check([.. s_other, .. s_other], out _), Does.Contain("2 pictures"));
            Assert.That(AnnexB.Check(s_key[13..], out _), Does.Contain("parameter sets"));
            Assert.That(AnnexB.Check([0, 0, 1, 0xC1, 0x9A], out _), Does.Contain("does not know"));
            Assert.That(AnnexB.Check([0, 0, 1, 0x41], out _), Does.Contain("header"));
        }
    }

    [Test]
    public void Changed_bytes_never_throw()
    {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. s_key, .. s_other];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bytes[random.Next(bytes.Length)] = 0;
            Assert.That(() => AnnexB.Check(bytes.AsSpan(0, random.Next(bytes.Length + 1)), out _), Throws.Nothing);
        }
    }
}
