using Tessera.Protocol.Messages;
using Tessera.Protocol.Plan;

namespace Tessera.Actors.Machines;

/// <summary>
/// Memory of a group: copies of what came from another process, and the sums that it answers. Every vector of a mini-batch has its place, so that a repeat
/// writes the same bits; evaluation has rows of its own. Reserved when it is needed first, once.
/// </summary>
/// <param name="layout">What the group reads and answers.</param>
/// <param name="batchMax">Most vectors of a mini-batch.</param>
/// <param name="evaluationMax">Most vectors of an evaluation read.</param>
internal sealed class GroupBuffers(GroupLayout layout, int batchMax, int evaluationMax)
{
    private readonly Tensor[] _read = new Tensor[3]; // by Place
    private readonly Tensor[] _sums = new Tensor[3];

    /// <summary>Copies what a request brought.</summary>
    /// <returns>Where it lies until the same vectors come again.</returns>
    public Tensor Keep(in Message request)
    {
        var rows = Rows(ref _read[Place(request)], DirectionOf(request).ReadColumns, request);
        request.Payload.CopyTo(rows.Dense);
        return rows;
    }

    /// <summary>Where the sums of a request go.</summary>
    public Tensor SumsOf(in Message request) => Rows(ref _sums[Place(request)], DirectionOf(request).SumColumns, request);

    /// <summary>What a request reads and what its answer holds.</summary>
    public GroupDirection DirectionOf(in Message request) => request.Kind == MessageKind.Backward ? layout.Backward : layout.Forward;

    /// <summary>Whether two requests read from the same rows.</summary>
    public static bool SharesPlaces(in Message a, in Message b) => a.Kind != MessageKind.Commit && b.Kind != MessageKind.Commit && Place(a) == Place(b)
        && (IsEvaluation(a) || (a.Vectors.First < b.Vectors.End && b.Vectors.First < a.Vectors.End));

    /// <summary>Whether a request reads outside training.</summary>
    public static bool IsEvaluation(in Message request) => request.Kind == MessageKind.Forward && request.Purpose != ReadPurpose.Training;

    private static int Place(in Message request) => request.Kind == MessageKind.Backward ? 1 : IsEvaluation(request) ? 2 : 0;

    private Tensor Rows(ref Tensor all, int columns, in Message request)
    {
        var isEvaluation = IsEvaluation(request);
        if (all.Values is null)
        {
            all = AlignedFloats.Dense(isEvaluation ? evaluationMax : batchMax, columns);
        }

        return all.Slice(isEvaluation ? 0 : request.Vectors.First, request.Vectors.Count);
    }
}
