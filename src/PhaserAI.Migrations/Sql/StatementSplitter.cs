using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Cuts a script into statements where psql does: at semicolons outside strings, comments, parentheses and BEGIN ATOMIC
/// bodies, with the data of COPY … FROM STDIN and the meta-commands that stand between statements.
/// </summary>
internal static class StatementSplitter
{
    // psqlscanslash.l xslashcmd: white space or a backslash ends a command's name.
    private static readonly SearchValues<byte> EndOfCommandName = SearchValues.Create(" \t\r\f\v\\"u8);

    /// <param name="text">UTF-8, without a byte order mark.</param>
    /// <param name="start">Where the part to cut begins: not inside a token.</param>
    /// <param name="end">Where it ends.</param>
    public static SplitScript Split(ReadOnlySpan<byte> text, int start, int end)
    {
        var cutter = new Cutter(text, start, end);
        cutter.Run();
        return cutter.Result();
    }

    /// <summary>The first statement for which <paramref name="isWanted"/> says so; what follows it is not read.</summary>
    public static SqlStatement? FindFirst(ReadOnlySpan<byte> text, int start, int end, Func<SqlStatement, bool> isWanted)
    {
        var cutter = new Cutter(text, start, end) { IsWanted = isWanted };
        cutter.Run();
        return cutter.Found;
    }

    /// <summary>The name of the command of psql that the text begins with: its backslash and what follows up to white space.</summary>
    public static string CommandName(ReadOnlySpan<byte> text)
    {
        if (text is [_, (byte)';' or (byte)':', ..]) // psqlscan.l: a semicolon or colon for the query buffer
            return Encoding.UTF8.GetString(text[..2]);
        var length = text[1..].IndexOfAny(EndOfCommandName);
        return Encoding.UTF8.GetString(length < 0 ? text : text[..(length + 1)]);
    }

    private ref struct Cutter
    {
        private readonly ReadOnlySpan<byte> _text;
        private readonly int _start;
        private readonly int _end;
        private readonly StatementList.Builder _statements = new();
        private readonly ImmutableArray<SqlProblem>.Builder _problems = ImmutableArray.CreateBuilder<SqlProblem>();
        private readonly ImmutableArray<SqlToken>.Builder _comments = ImmutableArray.CreateBuilder<SqlToken>();
        private SqlLexer _lexer;
        private StringSetting _setting = new();
        private bool _changesStrings;

        /// <summary>Ends the reading at the first statement for which it says so.</summary>
        public Func<SqlStatement, bool>? IsWanted { get; init; }

        public SqlStatement? Found { get; private set; }

        // The statement being read.
        private int _first = -1;
        private int _last;
        private int _depth;
        private int _parenthesis;
        private bool _hasReturning;
        private RoutineBody _body;

        public Cutter(ReadOnlySpan<byte> text, int start, int end)
        {
            _text = text[..end];
            _start = start;
            _end = end;
            _lexer = new SqlLexer(text, start, end, _setting.IsOn);
        }

        public void Run()
        {
            var zero = IsWanted is null ? _text[_start..].IndexOf((byte)0) : -1;
            if (zero >= 0)
                Problem(_start + zero, "PostgreSQL can't take a zero byte in a script.", "Remove it, or save the file as UTF-8.");

            while (Found is null && _lexer.TryRead(out var token))
            {
                if (token.IsTrivia)
                    Trivia(token);
                else if (token.Kind == SqlTokenKind.Semicolon && _depth == 0 && !_body.IsOpen)
                    Finish(token.End);
                else if (token.Kind == SqlTokenKind.MetaCommand)
                    MetaCommand(token);
                else
                    Token(token);
            }

            if (Found is not null)
                return;
            ReportOpen();
            Finish(_end);
        }

        public readonly SplitScript Result()
        {
            _problems.Sort(static (left, right) => left.Offset == right.Offset
                ? string.CompareOrdinal(left.Message, right.Message)
                : left.Offset.CompareTo(right.Offset));
            return new SplitScript(_statements.ToList(), _problems.DrainToImmutable(), _comments.DrainToImmutable()) { ChangesStrings = _changesStrings };
        }

        private readonly void Trivia(in SqlToken token)
        {
            if (token.Kind == SqlTokenKind.LineComment && _depth == 0 && !_body.IsOpen)
                _comments.Add(token);
            else if (!token.Terminated)
                Problem(token.Start, "The comment that begins here never ends.", "Close it with */ (comments nest).");
        }

        private void Token(in SqlToken token)
        {
            if (_first < 0)
                _first = token.Start;
            _last = token.End;
            if (!token.Terminated)
                Unterminated(token);

            var text = _text.Slice(token.Start, token.Length);
            if (_body.IsInterested)
                _body.Read(token, text, _depth > 0);
            switch (token.Kind)
            {
                case SqlTokenKind.OpenParenthesis:
                    if (_depth++ == 0)
                        _parenthesis = token.Start;
                    break;
                case SqlTokenKind.CloseParenthesis when _depth > 0: // psql takes one too many without complaint
                    _depth--;
                    break;
                case SqlTokenKind.Word when token.Length == 9 && _depth == 0:
                    _hasReturning |= Ascii.EqualsIgnoreCase(text, "returning"u8);
                    break;
            }
        }

        // psql sends the unfinished statement at \g and its like. Any other meta-command there would change nothing for psql but
        // would cut the statement in two here (DELETE FROM t \echo x … WHERE …): never run the halves.
        private void MetaCommand(in SqlToken token)
        {
            var text = _text.Slice(token.Start, token.Length).TrimEnd(" \t\r\f\v"u8);
            var command = CommandName(text);
            if (_first >= 0)
            {
                if (SendsStatement(command))
                    ReportOpen();
                else
                    Problem(token.Start, $"{command} stands inside an unfinished statement.", "End the statement with a semicolon before it.");
                Finish(token.Start);
            }

            Add(new SqlStatement(token.Start, text.Length, StatementKind.MetaCommand, ReturnsRows: false, command));
        }

        private void Add(in SqlStatement statement)
        {
            _statements.Add(statement);
            if (Found is null && IsWanted is { } isWanted && isWanted(statement))
                Found = statement;
        }

        private static bool SendsStatement(string command) =>
            command is @"\g" or @"\gx" or @"\gset" or @"\gexec" or @"\gdesc" or @"\crosstabview" or @"\watch" or @"\bind"
                or @"\bind_named" or @"\parse" or @"\sendpipeline";

        private void Finish(int end)
        {
            if (_first >= 0)
            {
                var found = StatementClassifier.Classify(_text, _first, _last, _setting.IsOn, _hasReturning);
                var statement = new SqlStatement(_first, _last - _first, found.Kind, found.ReturnsRows, found.Command);
                if (found.Kind == StatementKind.CopyFromStdin)
                    statement = ReadData(statement, end);
                Add(statement);
                if (_setting.Follow(_text, statement))
                {
                    _lexer.StandardConformingStrings = _setting.IsOn;
                    _changesStrings |= !_setting.IsOn;
                }
            }

            _first = -1;
            _depth = 0;
            _hasReturning = false;
            _body = default;
        }

        private SqlStatement ReadData(in SqlStatement statement, int end)
        {
            var newLine = _text[end..].IndexOf((byte)'\n');
            var line = newLine < 0 ? _end : end + newLine + 1;
            var rest = new SqlLexer(_text, end, line, _setting.IsOn);
            while (rest.TryRead(out var token))
            {
                if (token.Kind == SqlTokenKind.LineComment)
                {
                    _comments.Add(token);
                }
                else if (!token.IsTrivia || !token.Terminated)
                {
                    Problem(token.Start, "Only a comment may follow COPY … FROM STDIN on its line.", "Move this below the data.");
                    break;
                }
            }

            _lexer.MoveTo(line);
            var data = _lexer.ReadCopyData();
            if (!data.Terminated)
            {
                Problem(statement.Start, @"The data of COPY … FROM STDIN never end.", @"Put a line with \. alone after the last row.");
                return statement with { DataStart = line, DataLength = data.Length };
            }

            var length = _text.Slice(data.Start, data.Length).LastIndexOf("\\."u8);
            return statement with { DataStart = line, DataLength = length };
        }

        private readonly void Unterminated(in SqlToken token)
        {
            var (message, mend) = token.Kind switch
            {
                SqlTokenKind.DollarString => ("The dollar-quoted string that begins here never ends.",
                    $"Close it with {Tag(token)}, exactly as it is opened."),
                SqlTokenKind.QuotedIdentifier => ("The quoted identifier that begins here never ends.",
                    "Close it with \", and write a \" inside it as \"\"."),
                _ => ("The string that begins here never ends.", "Close it with ', and write a ' inside it as ''."),
            };
            Problem(token.Start, message, mend);
        }

        private readonly string Tag(in SqlToken token) =>
            Encoding.UTF8.GetString(_text.Slice(token.Start, _text[(token.Start + 1)..].IndexOf((byte)'$') + 2));

        private readonly void ReportOpen()
        {
            if (_body.IsOpen)
                Problem(_body.Start, "The BEGIN ATOMIC body that begins here never ends.", "Close it with END; after its last statement.");
            else if (_depth > 0)
                Problem(_parenthesis, "The parenthesis opened here is never closed.", "Close it before the statement ends.");
        }

        private readonly void Problem(int offset, string message, string mend) => _problems.Add(new SqlProblem(offset, message, mend));
    }
}
