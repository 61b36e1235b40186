using Tessera.Kernels.Configuration.Validation;

namespace Tessera.Kernels.Configuration.Binding;

/// <summary>
/// Records that a file has made from a name and arguments, in place of naming their type. The name stands alone, with the arguments beside it, or in a
/// map with the arguments; whatever else is written changes the record that was made, as with a preset.
/// </summary>
/// <param name="Key">Field that holds the name or the map.</param>
/// <param name="NameKey">Field of the name in that map.</param>
/// <param name="Names">Names; case, hyphens and underscores do not matter.</param>
/// <param name="Result">What all records that are made have in common.</param>
/// <param name="Arguments">Record of the arguments.</param>
/// <param name="Check">Reports arguments that do not fit the name.</param>
/// <param name="Create">Makes the record.</param>
public sealed record ConfigRecipe(
    string Key,
    string NameKey,
    IReadOnlyList<string> Names,
    Type Result,
    Type Arguments,
    Action<string, object, FieldChecks> Check,
    Func<string, object, object> Create);
