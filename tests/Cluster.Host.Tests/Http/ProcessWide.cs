namespace Tessera.Host.Tests.Http;

/// <summary>Tests that set variables of the process, or need a port that nobody takes meanwhile: one at a time, and nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessWide
{
    public const string Name = "variables and ports";
}

/// <summary>Takes variables away for the time of a test, and gives them back.</summary>
internal sealed class Variables : IDisposable
{
    private readonly Dictionary<string, string?> _before;

    public Variables(params string[] names)
    {
        _before = names.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        foreach (string name in names) { Environment.SetEnvironmentVariable(name, null); }
    }

    public void Dispose()
    {
        foreach ((string name, string? value) in _before) { Environment.SetEnvironmentVariable(name, value); }
    }
}
