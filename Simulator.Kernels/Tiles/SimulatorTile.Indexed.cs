namespace Tessera.Kernels.Tiles;

/// <content>
/// Convolutions (spec tile-api, section 8): a call takes images and picks its vectors from them, one for each output position, images in order and positions
/// within them. It is the call with those vectors, to the bit, so a mini-batch of images counts as one of batch times positions vectors for everything that counts
/// vectors: addresses, transfers of compounds, the input range.
/// </content>
public abstract partial class SimulatorTile
{
    private ImageIndices? _indices;
    private float[] _imageScratch = [];

    /// <summary>Whether <see cref="SetMatrixIndices"/> was called.</summary>
    public bool HasMatrixIndices => _indices is not null;

    /// <summary>Output positions of an image; 0 without indices.</summary>
    public int ImagePositions => _indices?.Positions ?? 0;

    /// <summary>Says which values of an image the inputs are. It is wiring, not state: no snapshot holds it.</summary>
    /// <param name="indices">
    /// [XSize, position]: 0 is a zero (padding), 1 a one, k a value k - 2 of the image. A bias column, the last, has ones.
    /// </param>
    /// <param name="imageSize">Values of an image, channels times height times width, 1 or more.</param>
    /// <exception cref="TileException">A list that does not fit; the one before stays.</exception>
    public void SetMatrixIndices(ReadOnlySpan<int> indices, int imageSize)
    {
        if (_options.InTrans || _options.OutTrans)
        {
            throw Refuse("indices", "a tile with transposed arrays", "one without in_trans and out_trans");
        }

        if (imageSize < 1)
        {
            throw Refuse("imageSize", $"{imageSize}", "1 or more");
        }

        if (indices.Length == 0 || indices.Length % Shape.XSize != 0)
        {
            throw Refuse("indices", $"{indices.Length} entries", $"{Shape.XSize} columns times the number of output positions");
        }

        var positions = indices.Length / Shape.XSize;
        for (var entry = 0; entry < indices.Length; entry++)
        {
            var isBias = entry / positions >= Shape.InSize;
            if (isBias ? indices[entry] != ImageIndices.One : indices[entry] < 0 || indices[entry] >= (long)imageSize + ImageIndices.FirstValue)
            {
                throw Refuse(
                    "indices",
                    $"{indices[entry]} at entry {entry} (column {entry / positions}, position {entry % positions})",
                    isBias ? "1 in the bias column" : $"0 to {(long)imageSize + ImageIndices.FirstValue - 1} for images of {imageSize} values");
            }
        }

        _indices = new ImageIndices(indices, Shape.InSize, positions, imageSize);
    }

    /// <summary>The forward read of every position of every image.</summary>
    /// <param name="at">Address of the noise; its first vector is the first image's first position, a multiple of <see cref="ImagePositions"/>.</param>
    /// <param name="images">[batch, imageSize].</param>
    /// <param name="y">[batch, OutSize, position], overwritten.</param>
    /// <param name="batch">Images, 1 or more.</param>
    public void ForwardIndexed(in ReadAddress at, ReadOnlySpan<float> images, Span<float> y, int batch)
    {
        var map = RequireIndices(batch, 1);
        RequireFirst(map, at);
        var outputs = map.Positions * Shape.OutSize;
        RequireLength("images", images.Length, batch, map.ImageSize);
        RequireLength("y", y.Length, batch, outputs);
        RequireFinite("images", images);
        using var state = OpenWeights();
        var x = Need(ref _imageScratch, map.Positions * Shape.InSize);
        var rows = Need(ref _outputScratch, outputs);
        for (var image = 0; image < batch; image++)
        {
            map.Gather(images.Slice(image * map.ImageSize, map.ImageSize), x);
            ReadForward(at with { FirstVector = at.FirstVector + (image * map.Positions) }, x, rows, map.Positions);
            RowSweep.Transpose(rows, map.Positions, Shape.OutSize, y.Slice(image * outputs, outputs));
        }
    }

    /// <summary>The backward read of every position; the gradient of a value of an image is the sum over the vectors that it is in.</summary>
    /// <param name="at">Address of the noise, as in <see cref="ForwardIndexed"/>.</param>
    /// <param name="d">[batch, OutSize, position], gradient at the output.</param>
    /// <param name="images">[batch, imageSize], gradient at the input, overwritten.</param>
    /// <param name="batch">Images, 1 or more.</param>
    public void BackwardIndexed(in ReadAddress at, ReadOnlySpan<float> d, Span<float> images, int batch)
    {
        var map = RequireIndices(batch, 1);
        RequireFirst(map, at);
        var outputs = map.Positions * Shape.OutSize;
        RequireLength("d", d.Length, batch, outputs);
        RequireLength("images", images.Length, batch, map.ImageSize);
        RequireFinite("d", d);
        using var state = OpenWeights();
        var x = Need(ref _imageScratch, map.Positions * Shape.InSize);
        var rows = Need(ref _outputScratch, outputs);
        for (var image = 0; image < batch; image++)
        {
            RowSweep.Transpose(d.Slice(image * outputs, outputs), Shape.OutSize, map.Positions, rows);
            ReadBackward(at with { FirstVector = at.FirstVector + (image * map.Positions) }, rows, x, map.Positions);
            map.Scatter(x, images.Slice(image * map.ImageSize, map.ImageSize));
        }
    }

    /// <summary>The commit of a mini-batch of images, see <see cref="Commit"/>.</summary>
    /// <param name="step">Mini-batch counter.</param>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="images">[batch, imageSize], the forward inputs.</param>
    /// <param name="d">[batch, OutSize, position], the gradients at the output.</param>
    /// <param name="batch">Images, 0 or more.</param>
    public void CommitIndexed(ulong step, float learningRate, ReadOnlySpan<float> images, ReadOnlySpan<float> d, int batch)
    {
        var vectors = Unfold(images, d, batch, 0, out var x, out var rows);
        Commit(step, learningRate, x, rows, vectors);
    }

    /// <summary>The devices' part of a commit alone, see <see cref="Update"/>.</summary>
    /// <param name="step">Mini-batch counter in the addresses of the pulses.</param>
    /// <param name="images">[batch, imageSize] forward inputs.</param>
    /// <param name="d">[batch, OutSize, position] gradients at the output.</param>
    /// <param name="batch">Images, 1 or more.</param>
    public void UpdateIndexed(ulong step, ReadOnlySpan<float> images, ReadOnlySpan<float> d, int batch)
    {
        var vectors = Unfold(images, d, batch, 1, out var x, out var rows);
        Update(step, x, rows, vectors);
    }

    private int Unfold(
        ReadOnlySpan<float> images, ReadOnlySpan<float> d, int batch, int least, out ReadOnlySpan<float> x, out ReadOnlySpan<float> rows)
    {
        var map = RequireIndices(batch, least);
        var (inputs, outputs) = (map.Positions * Shape.InSize, map.Positions * Shape.OutSize);
        RequireLength("images", images.Length, batch, map.ImageSize);
        RequireLength("d", d.Length, batch, outputs);
        RequireFinite("images", images);
        RequireFinite("d", d);
        var gathered = Need(ref _imageScratch, checked(batch * inputs));
        var transposed = Need(ref _outputScratch, batch * outputs);
        for (var image = 0; image < batch; image++)
        {
            map.Gather(images.Slice(image * map.ImageSize, map.ImageSize), gathered.Slice(image * inputs, inputs));
            RowSweep.Transpose(d.Slice(image * outputs, outputs), Shape.OutSize, map.Positions, transposed.Slice(image * outputs, outputs));
        }

        x = gathered;
        rows = transposed;
        return batch * map.Positions;
    }

    private ImageIndices RequireIndices(int batch, int least)
    {
        RequireBatch(batch, least);
        return _indices ?? throw Refuse("images", "no indices", "a call of SetMatrixIndices before, or the call with vectors");
    }

    private void RequireFirst(ImageIndices map, in ReadAddress at)
    {
        if (at.FirstVector % map.Positions != 0)
        {
            throw Refuse("at", $"first vector {at.FirstVector}", $"a multiple of {map.Positions}, the positions of an image: its number times {map.Positions}");
        }
    }
}
