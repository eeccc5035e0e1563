using System.Text;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Reads the lines <c>NAME=value</c> of an .env file, as shells and the dotenv packages of other languages do where these
/// agree: comments, <c>export</c>, single quotes for exactly this text, double quotes with \n, \t, \" and \\, quoted text over several
/// lines. Nothing is run or expanded: what looks like it is refused for the tool's own variables, because a guess may be a wrong password.
/// </summary>
internal sealed class DotEnv
{
    private const string Mend = "Write NAME=value, with quotes around a value that has spaces, quotes or #.";

    private readonly string _file;
    private readonly string _folder;
    private readonly string _text;
    private readonly Dictionary<string, SettingValue> _values = new(StringComparer.Ordinal);
    private readonly List<SettingProblem> _problems = [];
    private int _at;
    private int _line = 1;
    private bool _isCode;

    private DotEnv(string file, string folder, string text) => (_file, _folder, _text) = (file, folder, text);

    /// <summary>What is set; of a name that stands there twice, the last.</summary>
    public IReadOnlyDictionary<string, SettingValue> Values => _values;

    public IReadOnlyList<SettingProblem> Problems => _problems;

    /// <param name="file">How messages name it.</param>
    /// <param name="folder">Where relative paths in it start.</param>
    /// <param name="text">Its text.</param>
    /// <param name="isOurs">Whether a variable is the tool's.</param>
    public static DotEnv Read(string file, string folder, string text, Func<string, bool> isOurs)
    {
        var read = new DotEnv(file, folder, text);
        while (read._at < text.Length)
            read.ReadLine(isOurs);
        return read;
    }

    private void ReadLine(Func<string, bool> isOurs)
    {
        var line = _line;
        SkipBlanks();
        if (Peek is '#' or '\n' or '\0')
        {
            SkipLine();
            return;
        }

        var name = ReadName();
        if (name == "export" && Peek is ' ' or '\t')
        {
            SkipBlanks();
            name = ReadName();
        }

        SkipBlanks();
        if (name.Length == 0 || Peek is not '=')
        {
            // The line itself is not repeated: it may be the rest of a password.
            Refuse(line, name.Length == 0 ? "this line does not begin with a name" : "after the name there is no =", Mend);
            SkipLine();
            return;
        }

        _at++;
        _isCode = false;
        SkipBlanks();
        var quote = Peek is '"' or '\'' ? Peek : '\0';
        var value = quote == '\0' ? ReadPlain() : ReadQuoted(quote);
        if (value is null)
        {
            Refuse(line, $"the quote around the value of {name} is not closed", $"Close it with {quote}, or quote the value with the other kind.");
            _at = _text.Length;
            return;
        }

        SkipBlanks();
        if (Peek is not ('#' or '\n' or '\0'))
            Refuse(line, $"there is something after the quoted value of {name}", "Put all of the value between the quotes.");
        else if (_isCode && isOurs(name))
            Refuse(line, $"the value of {name} has a $ or ` that a shell would replace; here nothing is run or expanded", $"Write the value itself; if it is meant as it stands, put it in single quotes: {name}='…'.");
        else
            _values[name] = new SettingValue(value, name, _folder) { File = _file, Line = line };
        SkipLine();
    }

    private char Peek => _at < _text.Length ? _text[_at] is '\r' && (_at + 1 == _text.Length || _text[_at + 1] is '\n') ? '\n' : _text[_at] : '\0';

    private string ReadName()
    {
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '.' or '-')
            _at++;
        return _text[start.._at];
    }

    /// <summary>Up to the end of the line, or to a # after a space.</summary>
    private string ReadPlain()
    {
        var start = _at;
        while (Peek is not ('\n' or '\0') && !(Peek is '#' && (_at == start || _text[_at - 1] is ' ' or '\t')))
        {
            _isCode |= BeginsCode;
            _at++;
        }

        return _text[start.._at].Trim();
    }

    private string? ReadQuoted(char quote)
    {
        var value = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            var letter = _text[_at];
            if (letter == quote)
            {
                _at++;
                return value.ToString();
            }

            if (letter == '\n')
                _line++;
            if (letter == '\r' && Peek is '\n')
                continue;
            if (letter == '\\' && quote == '"' && _at + 1 < _text.Length && _text[_at + 1] is 'n' or 't' or 'r' or '"' or '\\' or '$' or '`')
                letter = _text[++_at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var same => same };
            else
                _isCode |= quote == '"' && BeginsCode;
            value.Append(letter);
        }

        return null;
    }

    /// <summary>Whether a shell would begin to replace something here.</summary>
    private bool BeginsCode => _text[_at] is '`' || (_text[_at] is '$' && _at + 1 < _text.Length && _text[_at + 1] is '{' or '(');

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t')
            _at++;
    }

    private void SkipLine()
    {
        while (_at < _text.Length && _text[_at] is not '\n')
            _at++;
        _at++;
        _line++;
    }

    private void Refuse(int line, string wrong, string next) => _problems.Add(new SettingProblem($"{FilePlace.Of(_file, line, 0)}: {wrong}", next));
}
