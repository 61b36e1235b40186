namespace Tessera.Host.Faults;

/// <summary>What should hold in spite of a fault does not.</summary>
internal sealed class FaultException(string message) : Exception(message)
{
    /// <summary>Throws where something does not hold.</summary>
    public static void Require(bool holds, Func<string> problem)
    {
        if (!holds) { throw new FaultException(problem()); }
    }
}
