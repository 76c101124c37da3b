using Capture.Core.Streams;
using Capture.Core.Time;
using Capture.Episodes.Manifest;

namespace Capture.Episodes.Closing;

internal sealed class EpisodeFinisher(string folder, HostClock clock)
{
    public EpisodeManifest Finish(EpisodeManifest manifest, string state, IReadOnlyList<(string Stream, Loss Loss)> unwritten, HostTime? end, IProgress<string>? progress) => throw new NotSupportedException(folder + clock + manifest + state + unwritten + end + progress);
}
