namespace Tessera.Coordination.Data.Digits;

/// <summary>Draws a whole split of the built-in digits on several threads; which thread draws a sample changes nothing about it.</summary>
internal static class DigitsSet
{
    public static ByteSamples Draw(DigitsSplit split, int threads) => Draw(split, DigitsGenerator.Count(split), threads);

    public static ByteSamples Draw(DigitsSplit split, int count, int threads)
    {
        var pixels = new byte[count * DigitsGenerator.Pixels];
        var labels = new byte[count];
        var workers = new Thread[Math.Min(threads, count) - 1];
        for (var worker = 0; worker < workers.Length; worker++)
        {
            var part = worker + 1;
            workers[worker] = new Thread(() => DrawPart(part)) { IsBackground = true, Name = $"digits {part}" };
            workers[worker].Start();
        }

        DrawPart(0);
        foreach (var worker in workers)
        {
            worker.Join();
        }

        return new ByteSamples(pixels, labels, DigitsGenerator.Pixels, DigitsGenerator.Classes);

        void DrawPart(int part)
        {
            var parts = workers.Length + 1;
            var last = (int)((long)count * (part + 1) / parts);
            for (var index = (int)((long)count * part / parts); index < last; index++)
            {
                labels[index] = (byte)DigitsGenerator.Draw(split, index, pixels.AsSpan(index * DigitsGenerator.Pixels, DigitsGenerator.Pixels));
            }
        }
    }
}
