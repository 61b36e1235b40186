namespace Tessera.Kernels.Configuration.Binding;

/// <summary>Where a value was written, so that a message can point at it.</summary>
/// <param name="File">File name as the user gave it, or the name of another origin such as <c>--set</c>.</param>
/// <param name="Line">Line from 1; 0 where the origin has no lines.</param>
/// <param name="Column">Column from 1; 0 where the origin has no lines.</param>
public readonly record struct SourceMark(string File, int Line = 0, int Column = 0)
{
    /// <summary><c>file:line:column</c>, or the origin alone.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}" : File;
}
