using System.Collections;
using System.Runtime.CompilerServices;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// Statements in order, 12 bytes each: a script of 200 MB may hold millions. Part of a list is a view of it, not a copy.
/// Made with a collection expression, or by a <see cref="Builder"/>.
/// </summary>
[CollectionBuilder(typeof(StatementList), nameof(Create))]
internal readonly struct StatementList : IReadOnlyList<SqlStatement>
{
    private readonly Builder? _store;
    private readonly int _start;

    private StatementList(Builder store, int start, int length) => (_store, _start, Length) = (store, start, length);

    public int Length { get; }

    public bool IsEmpty => Length == 0;

    int IReadOnlyCollection<SqlStatement>.Count => Length;

    public SqlStatement this[int index] => (uint)index < (uint)Length
        ? _store!.Get(_start + index)
        : throw new ArgumentOutOfRangeException(nameof(index));

    public static StatementList Create(ReadOnlySpan<SqlStatement> statements)
    {
        var builder = new Builder();
        foreach (var statement in statements)
            builder.Add(statement);
        return builder.ToList();
    }

    public StatementList Slice(int start, int length) => length == 0 ? default : new StatementList(_store!, _start + start, length);

    /// <summary>How many statements begin before a byte of the text.</summary>
    public int CountBefore(int offset)
    {
        var (low, high) = (0, Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = this[middle].Start < offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    public Enumerator GetEnumerator() => new(this);

    IEnumerator<SqlStatement> IEnumerable<SqlStatement>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal struct Enumerator(StatementList list) : IEnumerator<SqlStatement>
    {
        private int _index = -1;

        public readonly SqlStatement Current => list[_index];

        readonly object IEnumerator.Current => Current;

        public bool MoveNext() => ++_index < list.Length;

        public void Reset() => _index = -1;

        public readonly void Dispose()
        {
        }
    }

    /// <summary>Collects statements, and keeps them for the lists that it gives out.</summary>
    internal sealed class Builder
    {
        private const int ChunkBits = 12;
        private const int ChunkLength = 1 << ChunkBits;

        // Chunks instead of one array, which would be copied while it grows, with both copies held.
        private Entry[][] _chunks = [new Entry[4]];
        private readonly List<StatementClass> _classes = [];
        private readonly Dictionary<StatementClass, int> _classNumbers = [];
        private Dictionary<int, (int Start, int Length)>? _data;

        private readonly record struct Entry(int Start, int Length, int Class);

        public int Count { get; private set; }

        public void Add(in SqlStatement statement)
        {
            if (statement.DataStart > 0)
                (_data ??= [])[Count] = (statement.DataStart, statement.DataLength);
            var (chunk, index) = (Count >> ChunkBits, Count & (ChunkLength - 1));
            if (chunk == _chunks.Length)
                _chunks = [.. _chunks, new Entry[ChunkLength]];
            else if (index == _chunks[chunk].Length)
                Array.Resize(ref _chunks[chunk], index * 2);
            _chunks[chunk][index] = new Entry(statement.Start, statement.Length, NumberOf(new StatementClass(statement.Kind, statement.Command, statement.ReturnsRows)));
            Count++;
        }

        public StatementList ToList() => Count == 0 ? default : new StatementList(this, 0, Count);

        public SqlStatement Get(int index)
        {
            var entry = _chunks[index >> ChunkBits][index & (ChunkLength - 1)];
            var found = _classes[entry.Class];
            var data = _data is not null && _data.TryGetValue(index, out var range) ? range : default;
            return new SqlStatement(entry.Start, entry.Length, found.Kind, found.ReturnsRows, found.Command, data.Start, data.Length);
        }

        // Many a script has few kinds of statements, and most statements are as the one before.
        private int NumberOf(StatementClass found)
        {
            if (_classes.Count > 0 && _classes[^1] == found)
                return _classes.Count - 1;
            if (!_classNumbers.TryGetValue(found, out var number))
            {
                _classNumbers[found] = number = _classes.Count;
                _classes.Add(found);
            }

            return number;
        }
    }
}
