namespace Tessera.Protocol.Snapshots;

/// <summary>Element types of safetensors that snapshots use.</summary>
public enum SafetensorsType
{
    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>64-bit unsigned integer.</summary>
    U64,

    /// <summary>16-bit float.</summary>
    F16,
}

/// <summary>Sizes of the element types.</summary>
public static class SafetensorsTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.U64 => 8,
        SafetensorsType.F16 => 2,
        _ => 4,
    };
}
