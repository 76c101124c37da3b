using System.Runtime.ExceptionServices;
using Capture.Episodes.Disk;

namespace Capture.Episodes.Closing;

/// <summary>
/// Pieces of work that mostly wait for the disk, each on a thread of its own: a file system answers many syncs at once hardly later than one. Not the thread pool: it adds threads too slowly.
/// </summary>
internal static class SideBySide
{
    private const int MostThreads = 16;

    /// <summary>Starts the work, or does it here and now where the disk wants one after the other; <see cref="Running.Wait"/> waits for its end.</summary>
    public static Running Start(IEpisodeDisk disk, IReadOnlyList<Action> work) => new(work, disk.TakesSeveralAtOnce ? Math.Min(work.Count, MostThreads) : 0);

    /// <summary>Does the work; throws the first failure after all has ended.</summary>
    public static void Run(IEpisodeDisk disk, IReadOnlyList<Action> work) => new Running(work, disk.TakesSeveralAtOnce && work.Count > 1 ? Math.Min(work.Count, MostThreads) : 0).Wait();

    /// <summary>What the work makes of each item, in their order.</summary>
    public static List<TResult> Map<T, TResult>(IEpisodeDisk disk, IReadOnlyList<T> items, Func<T, TResult> of)
    {
        var results = new TResult[items.Count];
        Run(disk, [.. items.Select((item, i) => (Action)(() => results[i] = of(item)))]);
        return [.. results];
    }

    /// <summary>Work under way.</summary>
    internal sealed class Running
    {
        private readonly IReadOnlyList<Action> _work;
        private readonly Thread[] _threads;
        private int _next = -1;
        private ExceptionDispatchInfo? _failure;

        internal Running(IReadOnlyList<Action> work, int threads)
        {
            _work = work;
            _threads = new Thread[threads];
            if (threads == 0)
            {
                Take();
            }

            for (int i = 0; i < _threads.Length; i++)
            {
                _threads[i] = new Thread(Take) { IsBackground = true, Name = "episode close" };
                _threads[i].Start();
            }
        }

        /// <summary>Waits until all has ended, then throws what failed first.</summary>
        public void Wait()
        {
            foreach (Thread thread in _threads)
            {
                thread.Join();
            }

            _failure?.Throw();
        }

        private void Take()
        {
            for (int i = Interlocked.Increment(ref _next); i < _work.Count; i = Interlocked.Increment(ref _next))
            {
                try
                {
                    _work[i]();
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
                }
            }
        }
    }
}
