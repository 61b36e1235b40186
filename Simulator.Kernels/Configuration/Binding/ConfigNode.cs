namespace Tessera.Kernels.Configuration.Binding;

/// <summary>One value of a configuration before it has a type: a scalar, a map or a sequence, with the place where it was written.</summary>
/// <param name="Mark">Where the value starts.</param>
public abstract record ConfigNode(SourceMark Mark)
{
    /// <summary>The node in words, for messages.</summary>
    public abstract string Describe();
}

/// <summary>A single value.</summary>
/// <param name="Mark">Where it was written.</param>
/// <param name="Text">Its characters, without quotes.</param>
/// <param name="IsQuoted">Whether it is text for certain; a plain scalar may be a number, true, false or nothing.</param>
public sealed record ConfigScalar(SourceMark Mark, string Text, bool IsQuoted = false) : ConfigNode(Mark)
{
    /// <summary>Whether nothing was written (empty, <c>~</c> or <c>null</c>).</summary>
    public bool IsNothing => !IsQuoted && (Text is "" or "~" or "null" or "Null" or "NULL");

    /// <inheritdoc/>
    public override string Describe() => IsNothing ? "nothing" : IsQuoted ? $"the text \"{Text}\"" : $"'{Text}'";
}

/// <summary>One field of a map.</summary>
/// <param name="Key">Name as written.</param>
/// <param name="KeyMark">Where the name was written.</param>
/// <param name="Value">The value.</param>
public sealed record ConfigEntry(string Key, SourceMark KeyMark, ConfigNode Value);

/// <summary>Named values in the order written. Duplicates are kept, so that they can be reported.</summary>
/// <param name="Mark">Where it starts.</param>
/// <param name="Entries">The fields; a list that overrides may edit.</param>
public sealed record ConfigMap(SourceMark Mark, List<ConfigEntry> Entries) : ConfigNode(Mark)
{
    /// <summary>The first field of that name, or null.</summary>
    public ConfigEntry? Find(string key)
    {
        foreach (ConfigEntry entry in Entries)
        {
            if (entry.Key == key) { return entry; }
        }

        return null;
    }

    /// <summary>Replaces the field of that name, or appends it.</summary>
    public void Set(string key, ConfigNode value)
    {
        ConfigEntry fresh = new(key, value.Mark, value);
        int index = Entries.FindIndex(entry => entry.Key == key);
        if (index < 0) { Entries.Add(fresh); }
        else { Entries[index] = fresh; }
    }

    /// <inheritdoc/>
    public override string Describe() => Entries.Count == 0 ? "an empty map" : $"a map with the field '{Entries[0].Key}'";
}

/// <summary>Values in order.</summary>
/// <param name="Mark">Where it starts.</param>
/// <param name="Items">The values; a list that overrides may edit.</param>
public sealed record ConfigSequence(SourceMark Mark, List<ConfigNode> Items) : ConfigNode(Mark)
{
    /// <inheritdoc/>
    public override string Describe() => $"a list of {Items.Count} {(Items.Count == 1 ? "item" : "items")}";
}
