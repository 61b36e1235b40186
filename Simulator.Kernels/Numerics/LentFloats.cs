namespace Tessera.Kernels.Numerics;

/// <summary>
/// Working copies in 32 bits of arrays that are kept in 16, lent for the time of one call. All tiles of a process share the buffers, so that there are
/// as many as calls run at once, and not as many as tiles.
/// </summary>
internal static class LentFloats
{
    private static readonly Lock Gate = new();
    private static readonly List<NativeBuffer<float>> Free = [];

    /// <summary>A buffer of at least so many values, with undefined contents.</summary>
    internal static NativeBuffer<float> Take(int length)
    {
        NativeBuffer<float>? taken = null;
        lock (Gate)
        {
            foreach (var buffer in Free)
            {
                if (buffer.Length >= length && (taken is null || buffer.Length < taken.Length)) taken = buffer;
            }

            if (taken is null && Free.Count > 0)
            {
                // One that is too small makes room for the one that replaces it.
                Free[^1].Dispose();
                Free.RemoveAt(Free.Count - 1);
            }
            else if (taken is not null)
            {
                _ = Free.Remove(taken);
            }
        }

        return taken ?? new NativeBuffer<float>(length);
    }

    /// <summary>Gives a buffer back; the caller has forgotten its address.</summary>
    internal static void Return(NativeBuffer<float> buffer)
    {
        lock (Gate) Free.Add(buffer);
    }
}
