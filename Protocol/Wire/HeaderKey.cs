namespace Tessera.Protocol.Wire;

/// <summary>Keys of the maps of a header. They travel between processes: never reuse one; a reader skips those that it does not know.</summary>
internal static class HeaderKey
{
    public const int Kind = 1;
    public const int To = 2;
    public const int Refusal = 3;
    public const int Purpose = 4;
    public const int WantsInputGradient = 5;
    public const int SnapshotAfter = 6;
    public const int Tile = 7;
    public const int ReplyStage = 8;
    public const int ReplyPort = 9;
    public const int Term = 10;
    public const int Step = 11;
    public const int VectorsFirst = 12;
    public const int VectorsCount = 13;
    public const int Operation = 14;
    public const int Scalar = 15;
    public const int Hash = 16;
    public const int Detail = 17;
    public const int Assignment = 18;
    public const int Rows = 19;
    public const int Columns = 20;
}
