using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// The value of standard_conforming_strings while a script runs, told from its own statements: psql reads on by the value
/// that the server reports. SET LOCAL counts until the next end of a transaction, whether or not the script has begun one,
/// because the runner begins one.
/// </summary>
internal struct StringSetting()
{
    private bool _session = true;
    private bool _sessionAtBegin = true;
    private bool? _local;

    public readonly bool IsOn => _local ?? _session;

    /// <summary>Takes the statement into account; false if it can't have changed the setting.</summary>
    public bool Follow(ReadOnlySpan<byte> text, in SqlStatement statement)
    {
        switch (statement.Kind)
        {
            case StatementKind.Begin:
                _sessionAtBegin = _session;
                return false;
            case StatementKind.Rollback:
                _session = _sessionAtBegin;
                _local = null;
                return true;
            case StatementKind.Commit or StatementKind.CommitAndChain or StatementKind.PrepareTransaction:
                _sessionAtBegin = _session;
                _local = null;
                return true;
        }

        var reader = new TokenReader(text, statement.Start, statement.End, IsOn);
        switch (statement.Command)
        {
            case "SET":
                return reader.Read() && Set(ref reader);
            case "RESET":
                return reader.Read() && (reader.TryReadWord("all"u8) || IsSetting(ref reader)) && Change(null, local: false);
            case "DISCARD ALL":
                return Change(null, local: false);
            case "SELECT":
                return reader.Read() && SetConfig(ref reader);
            default:
                return false;
        }
    }

    private bool Set(ref TokenReader reader)
    {
        var local = reader.TryReadWord("local"u8);
        if (!local)
            reader.TryReadWord("session"u8);
        if (!IsSetting(ref reader) || !(reader.TryReadCharacter('=') || reader.TryReadWord("to"u8)) || !reader.Read())
            return false;
        return Change(IsTrue(reader.CurrentText.Trim("'\""u8)), local);
    }

    // SELECT [pg_catalog.]set_config('…', 'off', false)[, set_config(…)]
    private bool SetConfig(ref TokenReader reader)
    {
        var changed = false;
        do
        {
            if (!reader.TryReadQualifiedName(out var function) || function != "set_config"
                || !reader.TryReadCharacter('(') || !reader.TryReadString(out var name) || !reader.TryReadCharacter(',')
                || !reader.TryReadString(out var value) || !reader.TryReadCharacter(',') || !reader.Read())
            {
                break;
            }

            if (string.Equals(name, "standard_conforming_strings", StringComparison.OrdinalIgnoreCase))
                changed = Change(IsTrue(Encoding.UTF8.GetBytes(value)), local: IsTrue(reader.CurrentText.Trim((byte)'\'')) ?? false);
        }
        while (reader.TryReadCharacter(')') && reader.TryReadCharacter(','));

        return changed;
    }

    private static bool IsSetting(ref TokenReader reader) =>
        reader.TryReadIdentifier(out var name)
        && string.Equals(name, "standard_conforming_strings", StringComparison.OrdinalIgnoreCase);

    private bool Change(bool? value, bool local)
    {
        if (local)
        {
            _local = value ?? true;
        }
        else
        {
            _session = value ?? true;
            _local = null;
        }

        return true;
    }

    // parse_bool: any unambiguous beginning of true, false, yes, no, on, off; 1 and 0. Any other value is an error there, but
    // for DEFAULT, which is on.
    private static bool? IsTrue(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return null;
        var (first, second) = ((char)(value[0] | 0x20), value.Length > 1 ? (char)(value[1] | 0x20) : ' ');
        return !(first is 'f' or 'n' || value.SequenceEqual("0"u8) || (first == 'o' && second == 'f'));
    }
}
