using Tessera.Actors.Simulation;
using Tessera.Protocol.Identity;
using Tessera.Protocol.Messages;
using Tessera.Protocol.Snapshots;

namespace Tessera.Actors.Tests.Simulation.Toys;

/// <summary>A process that asks store and control plane what a test wants to know, without retries, and keeps the answers.</summary>
public sealed class ToyService : IDisposable
{
    private ulong _operation;

    public ToyService(SimulationFaults? faults = null, SimulationSettings? settings = null, ulong seed = 1)
    {
        World = new SimulatedWorld(seed, faults ?? SimulationFaults.None, settings);
        Asker = AddAsker("asker");
    }

    public SimulatedWorld World { get; }

    public SimulatedProcess Asker { get; }

    public List<Message> Answers { get; } = [];

    /// <summary>A safetensors file of a step.</summary>
    public static byte[] Blob(ulong step, float value)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("step", step.ToString());
        writer.AddFloats("values", Enumerable.Repeat(value, 64).ToArray());
        return writer.ToArray();
    }

    public static RunManifest Manifest(ulong term, ulong step, params byte[][] blobs) => new()
    {
        NumericsVersion = 1,
        ConfigurationHash = "c",
        Step = step,
        Term = term,
        Blobs = [.. blobs.Select((blob, i) => new ManifestBlob("tile", $"T{i}", BlobHash.Of(blob)))],
    };

    public SimulatedProcess AddAsker(string name) => World.AddProcess(name, setup =>
    {
        setup.Add(Recipient.StoreClient, new CallbackMachine((_, message, _) => Answers.Add(message)), 64);
        setup.Add(Recipient.ControlClient, new CallbackMachine((_, message, _) => Answers.Add(message)), 64);
    });

    public void Send(MessageKind kind, Func<Message, Message>? with = null, SimulatedProcess? from = null)
    {
        var request = new Message
        {
            Kind = kind,
            To = kind >= MessageKind.Lead ? Recipient.Control : Recipient.Store,
            Tile = new TileId(3),
            Step = new StepId(9),
            Operation = ++_operation,
        };
        World.Post(from ?? Asker, with is null ? request : with(request));
    }

    public void Put(byte[] blob) => Send(MessageKind.PutBlob, request => request with { Blob = blob });

    /// <summary>Asks, waits, and takes the only answer.</summary>
    public Message Ask(MessageKind kind, Func<Message, Message>? with = null, SimulatedProcess? from = null)
    {
        Answers.Clear();
        Send(kind, with, from);
        World.RunFor(TimeSpan.FromMilliseconds(20));
        return Assert.Single(Answers);
    }

    public Message AskPut(byte[] blob) => Ask(MessageKind.PutBlob, request => request with { Blob = blob });

    public Message AskGet(byte[] blob) => Ask(MessageKind.GetBlob, request => request with { Hash = BlobHash.Of(blob) });

    public Message AskCommit(RunManifest manifest) =>
        Ask(MessageKind.CommitManifest, request => request with { Body = manifest, Term = new Term(manifest.Term) });

    public void Dispose() => World.Dispose();
}
