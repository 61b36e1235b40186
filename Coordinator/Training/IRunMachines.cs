using Tessera.Protocol.Messages;

namespace Tessera.Coordination.Training;

/// <summary>The machines of a run, as far as they are in this process, and how they are told what to do.</summary>
internal interface IRunMachines : IDisposable
{
    /// <summary>Starts or restarts the run.</summary>
    /// <param name="steps">Steps that may be reported before more are granted.</param>
    void Start(int steps);

    /// <summary>Lets the run go on by some steps.</summary>
    void Grant(int steps);

    /// <summary>Asks the run to end at the next step boundary with a checkpoint; in a cluster, this process alone. May be called from any thread.</summary>
    void Stop();

    /// <summary>Works until the coordinator reports.</summary>
    Message Receive();
}
