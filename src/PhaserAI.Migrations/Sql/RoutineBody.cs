using System.Runtime.InteropServices;
using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Follows the tokens of one statement to tell whether a semicolon stands inside the BEGIN ATOMIC … END body of a CREATE
/// [OR REPLACE] FUNCTION or PROCEDURE. Counts words as psqlscan.l does, but BEGIN only before ATOMIC, and not CASE or END
/// where they are a label or a column (<c>AS end</c>, <c>t.end</c>), so that it also reads what psql can't.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct RoutineBody
{
    private Head _head;
    private Previous _previous;
    private int _depth;
    private int _begin;

    private enum Head : byte
    {
        Nothing,
        Create,
        CreateOr,
        CreateOrReplace,
        Routine,
        Other,
    }

    private enum Previous : byte
    {
        Other,
        Begin,
        LabelFollows,
    }

    public readonly bool IsOpen => _depth > 0;

    /// <summary>Where the open body's BEGIN stands.</summary>
    public int Start { get; private set; }

    /// <summary>Whether it still has to see this statement's tokens.</summary>
    public readonly bool IsInterested => _head != Head.Other;

    public void Read(in SqlToken token, ReadOnlySpan<byte> text, bool insideParentheses)
    {
        if (_head != Head.Routine)
        {
            if (token.Kind == SqlTokenKind.Word)
                ReadHead(text);
            return;
        }

        var previous = _previous;
        _previous = Previous.Other;
        if (token.Kind != SqlTokenKind.Word)
        {
            if (token.Kind == SqlTokenKind.Punctuation && text[0] == '.')
                _previous = Previous.LabelFollows;
            return;
        }

        if (insideParentheses || previous == Previous.LabelFollows)
            return;
        if (Is(text, "begin"u8))
        {
            _previous = Previous.Begin;
            _begin = token.Start;
        }
        else if (previous == Previous.Begin && Is(text, "atomic"u8))
        {
            if (_depth++ == 0)
                Start = _begin;
        }
        else if (_depth > 0)
        {
            if (Is(text, "as"u8))
                _previous = Previous.LabelFollows;
            else if (Is(text, "case"u8))
                _depth++;
            else if (Is(text, "end"u8))
                _depth--;
        }
    }

    private void ReadHead(ReadOnlySpan<byte> word) => _head = _head switch
    {
        Head.Nothing when Is(word, "create"u8) => Head.Create,
        Head.Create when Is(word, "or"u8) => Head.CreateOr,
        Head.CreateOr when Is(word, "replace"u8) => Head.CreateOrReplace,
        Head.Create or Head.CreateOrReplace when Is(word, "function"u8) || Is(word, "procedure"u8) => Head.Routine,
        _ => Head.Other,
    };

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length == word.Length && Ascii.EqualsIgnoreCase(text, word);
}
