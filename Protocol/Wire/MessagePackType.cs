namespace Tessera.Protocol.Wire;

/// <summary>Kinds of MessagePack values.</summary>
public enum MessagePackType
{
    /// <summary>No value: the bytes are over.</summary>
    End,

    /// <summary>The one type byte that MessagePack never uses.</summary>
    Invalid,

    /// <summary>Nothing.</summary>
    Nil,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A float of 32 or 64 bits.</summary>
    Float,

    /// <summary>Text.</summary>
    String,

    /// <summary>Bytes.</summary>
    Binary,

    /// <summary>Values in a row.</summary>
    Array,

    /// <summary>Pairs of keys and values.</summary>
    Map,

    /// <summary>A type of an application; only skipped here.</summary>
    Extension,
}
