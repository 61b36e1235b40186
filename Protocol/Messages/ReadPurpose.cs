namespace Tessera.Protocol.Messages;

/// <summary>Why a tile is read; training and evaluation draw their noise from different addresses.</summary>
public enum ReadPurpose : byte
{
    /// <summary>The input will be used by an update.</summary>
    Training,

    /// <summary>The product only measures.</summary>
    Evaluation,
}
