namespace Tessera.Host.Cluster;

/// <summary>Ends this process when its standard input ends: the process that started it is gone, however it went.</summary>
internal sealed class ParentWatch : IDisposable
{
    private volatile bool _isOver;

    /// <summary>Begins to watch.</summary>
    public ParentWatch()
    {
        Thread thread = new(Watch) { IsBackground = true, Name = "tessera-parent" };
        thread.Start();
    }

    /// <inheritdoc/>
    public void Dispose() => _isOver = true;

    private void Watch()
    {
        using Stream input = Console.OpenStandardInput();
        Span<byte> nothing = stackalloc byte[64];
        while (input.Read(nothing) > 0) { }
        if (!_isOver) { Environment.Exit(CommandLine.ExitCode.Failed); }
    }
}
