namespace Capture.Arrow;

/// <summary>The messages that make up one dictionary, newest first: a whole one, then what deltas added. Immutable; each delta makes a new end of the chain.</summary>
internal sealed class DictionaryChain
{
    public DictionaryChain(ArrowMessage message, DictionaryChain? before)
    {
        Message = message;
        Before = before;
        Count = (before?.Count ?? 0) + 1;
    }

    public ArrowMessage Message { get; }

    public DictionaryChain? Before { get; }

    public int Count { get; }

    /// <summary>The messages, oldest first.</summary>
    public ArrowMessage[] Messages()
    {
        var messages = new ArrowMessage[Count];
        for (DictionaryChain? at = this; at is not null; at = at.Before)
        {
            messages[at.Count - 1] = at.Message;
        }

        return messages;
    }
}

/// <summary>
/// Which dictionaries are in force where. In a stream a dictionary holds for the batches behind it until it is replaced; in a file, which may be read in any
/// order, all hold for every batch, and none is replaced (columnar format, "IPC File Format").
/// </summary>
internal sealed class DictionaryState(bool file)
{
    private readonly Dictionary<long, DictionaryChain> _now = [];
    private readonly List<Dictionary<long, DictionaryChain>> _atBatch = [];
    private Dictionary<long, DictionaryChain> _kept = [];
    private bool _changed;
    private int _skipped;

    /// <summary>Takes in a dictionary batch, refusing what the place where it lies does not allow.</summary>
    public void Add(ArrowMessage message)
    {
        DictionaryChain? before = _now.GetValueOrDefault(message.DictionaryId);
        if (message.IsDelta && before is null)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"A delta is for dictionary {message.DictionaryId}, of which nothing has come yet.");
        }

        if (file && !message.IsDelta && before is not null)
        {
            throw new ArrowFormatException(ArrowFault.Malformed, $"Dictionary {message.DictionaryId} is replaced, which only a stream can do; in a file it may only grow.");
        }

        _now[message.DictionaryId] = new DictionaryChain(message, message.IsDelta ? before : null);
        _changed = true;
    }

    /// <summary>Notes what is in force for the next batch. Without dictionaries nothing is kept.</summary>
    public void BatchFound()
    {
        if (file || (_atBatch.Count == 0 && _now.Count == 0))
        {
            _skipped += file ? 0 : 1;
            return;
        }

        if (_changed)
        {
            _kept = new Dictionary<long, DictionaryChain>(_now);
            _changed = false;
        }

        _atBatch.Add(_kept);
    }

    /// <summary>The chain of dictionary <paramref name="id"/> for batch <paramref name="batch"/>, or null where nothing has come under it.</summary>
    public DictionaryChain? ChainOf(long id, int batch) =>
        file ? _now.GetValueOrDefault(id)
        : batch < _skipped ? null
        : _atBatch[batch - _skipped].GetValueOrDefault(id);
}
