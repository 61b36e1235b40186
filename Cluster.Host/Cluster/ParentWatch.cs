namespace Tessera.Host.Cluster;

/// <summary>Ends this process when its standard input ends: the process that started it is gone, however it went, or wants it gone, and says so first.</summary>
internal sealed class ParentWatch : IDisposable
{
    /// <summary>What a parent writes before it closes the input.</summary>
    public const string Farewell = "end";

    private readonly Action _onKilled;
    private volatile bool _isOver;

    /// <summary>Begins to watch.</summary>
    /// <param name="onKilled">What to do before the end where the parent went without a word.</param>
    public ParentWatch(Action onKilled)
    {
        _onKilled = onKilled;
        Thread thread = new(Watch) { IsBackground = true, Name = "tessera-parent" };
        thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _isOver = true;

    private void Watch()
    {
        using Stream input = Console.OpenStandardInput();
        Span<byte> farewell = stackalloc byte[64];
        bool isKilled = true;
        while (input.Read(farewell) > 0) { isKilled = false; }
        if (_isOver) { return; }
        if (isKilled) { _onKilled(); }
        Environment.Exit(CommandLine.ExitCode.Failed);
    }
}
