using Replay.Labels.Log;

namespace Replay.Labels.Tests.Log;

public sealed class LabelFoldTests
{
    private static LogEntry Entry(long number, LabelOperation operation, string author = "op-07") => new("e", number, $"utc-{number}", author, operation);

    private static LabelOperation Create(string id, long from, long to) => new(OperationKind.Create, id) { Start = Edges.At(from), End = Edges.At(to), Verb = "grasp" };

    [Test]
    public void Each_operation_changes_what_it_names_and_nothing_else()
    {
        var fold = new LabelFold();
        fold.Apply(Entry(1, Create("a", 10, 20)));
        fold.Apply(Entry(2, new LabelOperation(OperationKind.Move, "a") { End = Edges.At(30) }));
        fold.Apply(Entry(3, new LabelOperation(OperationKind.Verb, "a") { Verb = "lift" }));
        LabelSegment segment = fold.Apply(Entry(4, new LabelOperation(OperationKind.Note, "a") { Note = "slips\ntwice" }, "op-08"));
        Assert.That(segment, Is.EqualTo(new LabelSegment("a", "lift", "slips\ntwice", Edges.At(10), Edges.At(30), "op-08", "utc-4", Deleted: false)));
    }

    [Test]
    public void A_deleted_segment_is_out_of_view_and_comes_back_as_it_was()
    {
        var fold = new LabelFold();
        LabelSegment before = fold.Apply(Entry(1, Create("a", 10, 20)));
        fold.Apply(Entry(2, new LabelOperation(OperationKind.Delete, "a")));
        Assert.That(fold.InForce(), Is.Empty);
        LabelSegment after = fold.Apply(Entry(3, new LabelOperation(OperationKind.Restore, "a")));
        Assert.That(after with { EditedUtc = before.EditedUtc }, Is.EqualTo(before));
    }

    [Test]
    public void The_view_is_in_order_of_time_then_id()
    {
        var fold = new LabelFold();
        fold.Apply(Entry(1, Create("c", 50, 60)));
        fold.Apply(Entry(2, Create("b", 10, 20)));
        fold.Apply(Entry(3, Create("a", 10, 15)));
        Assert.That(fold.InForce().Select(s => s.Id), Is.EqualTo(new[] { "a", "b", "c" }));
    }

    private static IEnumerable<TestCaseData> Misfits()
    {
        yield return new TestCaseData(Create("a", 1, 2)).SetArgDisplayNames("an id that is there");
        yield return new TestCaseData(Create("gone", 1, 2)).SetArgDisplayNames("an id that was there");
        yield return new TestCaseData(Create("n", 2, 2)).SetArgDisplayNames("an end at its start");
        yield return new TestCaseData(Create("../x", 1, 2)).SetArgDisplayNames("an id with a slash");
        yield return new TestCaseData(Create("", 1, 2)).SetArgDisplayNames("an empty id");
        yield return new TestCaseData(new LabelOperation(OperationKind.Create, "n") { Start = Edges.At(1) }).SetArgDisplayNames("no end");
        yield return new TestCaseData(new LabelOperation(OperationKind.Move, "a") { Start = Edges.At(20) }).SetArgDisplayNames("a start beyond the end");
        yield return new TestCaseData(new LabelOperation(OperationKind.Move, "a")).SetArgDisplayNames("a move of nothing");
        yield return new TestCaseData(new LabelOperation(OperationKind.Verb, "a")).SetArgDisplayNames("no verb");
        yield return new TestCaseData(new LabelOperation(OperationKind.Verb, "a") { Verb = "a\nb" }).SetArgDisplayNames("a verb of two lines");
        yield return new TestCaseData(new LabelOperation(OperationKind.Verb, "a") { Verb = new string('v', 65) }).SetArgDisplayNames("a verb too long");
        yield return new TestCaseData(new LabelOperation(OperationKind.Note, "a") { Note = "\ud800" }).SetArgDisplayNames("half a surrogate pair");
        yield return new TestCaseData(new LabelOperation(OperationKind.Note, "a") { Note = "\0" }).SetArgDisplayNames("a NUL");
        yield return new TestCaseData(new LabelOperation(OperationKind.Delete, "gone")).SetArgDisplayNames("deleted twice");
        yield return new TestCaseData(new LabelOperation(OperationKind.Restore, "a")).SetArgDisplayNames("restored, not deleted");
        yield return new TestCaseData(new LabelOperation(OperationKind.Verb, "none") { Verb = "x" }).SetArgDisplayNames("no such segment");
    }

    [TestCaseSource(nameof(Misfits))]
    public void Refuses_what_does_not_fit(LabelOperation operation)
    {
        var fold = new LabelFold();
        fold.Apply(Entry(1, Create("a", 10, 20)));
        fold.Apply(Entry(2, Create("gone", 10, 20)));
        fold.Apply(Entry(3, new LabelOperation(OperationKind.Delete, "gone")));
        LabelSegment[] before = fold.InForce();
        Assert.That(fold.Refusal(operation), Is.Not.Null.And.Not.Empty);
        Assert.That(() => fold.Apply(Entry(4, operation)), Throws.InvalidOperationException);
        Assert.That(fold.InForce(), Is.EqualTo(before));
    }
}
