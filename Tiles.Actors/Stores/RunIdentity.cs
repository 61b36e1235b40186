namespace Tessera.Actors.Stores;

/// <summary>What a run's state was begun with; whoever resumes compares it with what is asked for now.</summary>
/// <param name="ConfigurationHash">SHA-256 of the canonical configuration (64 lower-case hexadecimal digits). Never changes within a run.</param>
/// <param name="Engine">Kind of engine at the beginning.</param>
/// <param name="NumericsVersion">Version of the numerics at the beginning; a manifest names the one that produced it.</param>
public sealed record RunIdentity(string ConfigurationHash, string Engine, int NumericsVersion);
