using Capture.Media.Video;

namespace Capture.Media.Tests.Video;

public sealed class Mp4WriterTests
{
    [Test]
    public void A_missing_ffmpeg_is_said_with_the_command_that_installs_it()
    {
        MediaException? e = Assert.Throws<MediaException>(() => new Mp4Writer("/tmp/never.mp4", Mp4Pictures.Jpeg, 64, 48, new Mp4Options { Ffmpeg = "no-such-ffmpeg" }).Dispose());
        Assert.That(e!.Message, Does.Contain("apt-get install ffmpeg"));
    }

    [Test]
    public void What_ffmpeg_refuses_is_said_in_its_words_and_leaves_no_file()
    {
        string folder = Directory.CreateTempSubdirectory("mp4-").FullName;
        string path = Path.Combine(folder, "x.mp4");
        MediaException? e = Assert.Throws<MediaException>(() =>
        {
            using var writer = new Mp4Writer(path, Mp4Pictures.Jpeg, 64, 48);
            writer.Write(0, new byte[100]);
            writer.Finish();
        });
        Assert.Multiple(() =>
        {
            Assert.That(e!.Message, Does.StartWith("ffmpeg could not write"));
            Assert.That(Directory.GetFiles(folder), Is.Empty);
        });
        Directory.Delete(folder, recursive: true);
    }
}
