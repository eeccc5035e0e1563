using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>The blocks of the guide that a test runs. One that it names and has not asked for when it ends makes it fail.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RunsBlocksAttribute(params int[] blocks) : BeforeAfterTestAttribute
{
    /// <summary>Their numbers.</summary>
    public ImmutableArray<int> Blocks { get; } = [.. blocks];

    /// <summary>The running test has asked for a block.</summary>
    public static void Note(int block) => Taken(TestContext.Current.Test!.UniqueID)[block] = true;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (TestContext.Current.TestState is { Result: not TestResult.Passed })
            return;
        var taken = Taken(test.UniqueID);
        Assert.All(Blocks, block => Assert.True(taken.ContainsKey(block), $"The test says that it runs block {block} of the guide, and has not."));
    }

    private static ConcurrentDictionary<int, bool> Taken(string test) =>
        (ConcurrentDictionary<int, bool>)TestContext.Current.KeyValueStorage.GetOrAdd("guide " + test, _ => new ConcurrentDictionary<int, bool>())!;
}
