using System.Globalization;
using Tessera.Host.Maps;
using Tessera.Protocol.Cluster;

namespace Tessera.Host.Http;

/// <summary>What a person reads about a run: one line about it, its members, the processes that answered, and the latency of tiles.</summary>
/// <param name="answers">The processes that were asked.</param>
/// <param name="members">Members as the control plane has them, or null where it was not asked.</param>
/// <param name="leader">The coordinator as the control plane has it, or null.</param>
internal sealed class StatusReport(IReadOnlyList<StatusAnswer> answers, IReadOnlyList<Member>? members, Leader? leader)
{
    private const string Nothing = "-";
    private readonly ProcessStatus[] _statuses = [.. answers.Select(answer => answer.Status).OfType<ProcessStatus>()];

    /// <summary>Writes it.</summary>
    public void Write(TextWriter output)
    {
        foreach (IGrouping<string, ProcessStatus> run in _statuses.GroupBy(status => status.Run)) { output.WriteLine(RunLine([.. run])); }
        if (_statuses.Length == 0 && leader is not null) { output.WriteLine($"{leader.Term}, led by {leader.Name}"); }
        WriteMembers(output);
        WriteProcesses(output);
        foreach (ProcessStatus status in _statuses) { WriteLatency(output, status); }
    }

    /// <summary>Who knows most about the run: the leader before another coordinator, that before a node, the newer term first.</summary>
    private static ProcessStatus Best(IEnumerable<ProcessStatus> statuses) =>
        statuses.OrderByDescending(IsLeading).ThenByDescending(IsCoordinator).ThenByDescending(status => status.Term ?? 0).First();

    private static bool IsCoordinator(ProcessStatus status) => status.Role == ProcessStatus.Coordinator;

    private static bool IsLeading(ProcessStatus status) => IsCoordinator(status) && status.Leader == status.Name;

    private string RunLine(ProcessStatus[] statuses)
    {
        ProcessStatus best = Best(statuses);
        List<string> parts = [$"run {best.Run}"];
        long? term = Largest(statuses.Select(status => status.Term).Append((long?)leader?.Term.Value));
        parts.Add(term is null ? "no term yet" : $"term {Number(term)}");
        parts.Add((best.Leader ?? leader?.Name) is { } name ? $"led by {name}" : "no leader");
        if (best.Phase is { } phase) { parts.Add(phase); }
        parts.Add($"step {Number(best.Step)}{(best.Steps is null ? "" : $" of {Number(best.Steps)}")}{(best.Epoch is null ? "" : $" (epoch {best.Epoch})")}");
        if (best.SamplesPerSecond is { } rate) { parts.Add(string.Create(CultureInfo.InvariantCulture, $"{rate:N1} samples/s")); }
        parts.Add($"newest checkpoint {Number(best.CheckpointStep)}");
        parts.Add($"repeats {Number(best.Repeats)}");
        parts.Add($"redone steps {Number(best.RedoneSteps)}");
        return string.Join(", ", parts);
    }

    private void WriteMembers(TextWriter output)
    {
        IReadOnlyList<MemberStatus> all = members is not null ? [.. members.Select(Complete)] : Known() ?? [];
        if (all.Count == 0)
        {
            if (members is not null) { output.WriteLine("no members"); }
            return;
        }

        output.WriteLine();
        TextTable table = new("member", "peer", "cores", "memory", "tiles", "state", "address", "labels");
        foreach (MemberStatus member in all)
        {
            string state = member.Draining ? $"{member.State ?? ""} draining".Trim() : member.State ?? Nothing;
            string memory = ByteSize.Format(member.MemoryBytes);
            table.Add(member.Name, Number(member.Peer), Number(member.Cores), memory, Number(member.Tiles), state, Text(member.Address), Text(member.Labels));
        }

        table.Write(output);
    }

    private IReadOnlyList<MemberStatus>? Known()
    {
        ProcessStatus[] knowing = [.. _statuses.Where(status => status.Members is not null)];
        return knowing.Length == 0 ? null : Best(knowing).Members;
    }

    /// <summary>What the control plane says of a member, with what the coordinator adds to it.</summary>
    private MemberStatus Complete(Member member)
    {
        MemberStatus? seen = Known()?.FirstOrDefault(known => known.Peer == member.Peer.Value);
        return new MemberStatus
        {
            Name = member.Name,
            Peer = member.Peer.Value,
            Address = member.Address,
            Cores = member.Cores,
            MemoryBytes = member.MemoryBytes,
            Labels = member.Labels,
            Draining = member.IsDraining,
            Tiles = seen?.Tiles ?? _statuses.FirstOrDefault(status => status.Peer == member.Peer.Value)?.Tiles?.Count,
            State = seen?.State,
        };
    }

    private void WriteProcesses(TextWriter output)
    {
        if (_statuses.Length == 0) { return; }
        output.WriteLine();
        TextTable table = new("process", "role", "ready", "step", "tiles", "sent", "received", "up", "url");
        foreach (StatusAnswer answer in answers)
        {
            if (answer.Status is not { } status) { continue; }
            string up = TimeSpan.FromSeconds(Math.Clamp(status.UptimeSeconds, 0, 1e9)).ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture);
            table.Add(
                status.Name,
                status.Role,
                status.Suspended == true ? "suspended" : status.Ready ? "yes" : "no",
                Number(status.Step),
                Number(status.Tiles?.Count),
                Bytes(status.BytesSent),
                Bytes(status.BytesReceived),
                up,
                StatusUrl.Short(answer.Url));
        }

        table.Write(output);
        foreach (ProcessStatus status in _statuses.Where(status => !status.Ready))
        {
            output.WriteLine($"{status.Name} is not ready: {status.NotReadyReason ?? "it does not say why"}");
        }
    }

    private static void WriteLatency(TextWriter output, ProcessStatus status)
    {
        if (status.TileLatency is not { Count: > 0 } latency) { return; }
        string times = string.Create(CultureInfo.InvariantCulture, $"p50 {latency.P50Ms:G3} ms, p99 {latency.P99Ms:G3} ms, {latency.Count:N0} requests");
        output.WriteLine($"tile latency at {status.Name}: {times}");
    }

    private static long? Largest(IEnumerable<long?> values) => values.Max();

    private static string Number(long? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? Nothing;

    private static string Bytes(long? value) => value is { } bytes ? ByteSize.Format(bytes) : Nothing;

    private static string Text(string? value) => string.IsNullOrEmpty(value) ? Nothing : value;
}
