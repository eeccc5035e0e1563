namespace WordsApi;

/// <summary>A word and what it means.</summary>
public sealed record Word(string Text, string Meaning);
