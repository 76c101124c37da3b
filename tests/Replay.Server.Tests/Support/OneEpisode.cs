namespace Replay.Server.Tests.Support;

/// <summary>Tests over one sealed episode, "take", that none of them changes.</summary>
public abstract class OneEpisode
{
    private protected Served Server { get; private set; } = null!;

    private protected string Episode { get; private set; } = "";

    [OneTimeSetUp]
    public async Task Record()
    {
        Server = new Served();
        Episode = Recorded.Sealed(Server.Folder);
        await Server.Start();
    }

    [OneTimeTearDown]
    public async Task Stop() => await Server.DisposeAsync();
}
